// The files are included by the preprocessor, because then `c3n help` needs none beside the program, and because Swift takes
// 0.2 s to compile a kilobyte of SwiftPM's own `.embedInCode`, for all of them longer than any other target.
#include "CDocumentation.h"

static const unsigned char explorer[] = {
#embed "../Explorer/Explorer.docc/UsingTheExplorer.md"
};
static const unsigned char weights_and_data[] = {
#embed "../C3NCommand/C3NCommand.docc/WeightsAndData.md"
};
static const unsigned char evaluating[] = {
#embed "../Evaluation/Evaluation.docc/Evaluating.md"
};
static const unsigned char training[] = {
#embed "../Training/Training.docc/TrainingModels.md"
};
static const unsigned char demonstration[] = {
#embed "../C3NCommand/C3NCommand.docc/Demonstration.md"
};
static const unsigned char network[] = {
#embed "../C3N/C3N.docc/FromThePaperToTheCode.md"
};
static const unsigned char extending[] = {
#embed "../C3N/C3N.docc/Extending.md"
};
static const unsigned char speed[] = {
#embed "../C3NCommand/C3NCommand.docc/Speed.md"
};
static const unsigned char interfaces[] = {
#embed "../C3NCommand/C3NCommand.docc/Interfaces.md"
};
static const unsigned char contributing[] = {
#embed "../C3NCommand/C3NCommand.docc/Contributing.md"
};
static const unsigned char changes[] = {
#embed "../C3NCommand/C3NCommand.docc/Changes.md"
};

static const struct c3n_article articles[] = {
    {"explorer", "UsingTheExplorer", explorer, sizeof explorer},
    {"weights-and-data", "WeightsAndData", weights_and_data, sizeof weights_and_data},
    {"evaluating", "Evaluating", evaluating, sizeof evaluating},
    {"training", "TrainingModels", training, sizeof training},
    {"demonstration", "Demonstration", demonstration, sizeof demonstration},
    {"network", "FromThePaperToTheCode", network, sizeof network},
    {"extending", "Extending", extending, sizeof extending},
    {"speed", "Speed", speed, sizeof speed},
    {"interfaces", "Interfaces", interfaces, sizeof interfaces},
    {"contributing", "Contributing", contributing, sizeof contributing},
    {"changes", "Changes", changes, sizeof changes},
};

const struct c3n_article *c3n_articles(size_t *count) {
  *count = sizeof articles / sizeof *articles;
  return articles;
}
