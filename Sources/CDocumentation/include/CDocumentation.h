// The articles of the documentation, as they stand in the targets' DocC catalogues.
#ifndef C3N_DOCUMENTATION_H
#define C3N_DOCUMENTATION_H

#include <stddef.h>

/// An article in Markdown.
struct c3n_article {
  /// What it is called by: `c3n help TOPIC`.
  const char *topic;
  /// The name of its file without the suffix, by which other articles link to it.
  const char *name;
  /// UTF-8, without a final zero.
  const unsigned char *text;
  size_t size;
};

/// All articles, in the order in which they are listed.
const struct c3n_article *c3n_articles(size_t *count);

#endif
