import TerminalUI

extension ExplorerState {
  /// The keys of the matrices.
  static let matrixKeys: [KeyBinding<Command, KeyContext>] = [
    KeyBinding(["Enter"], .openMatrix, in: [.topMatrix], "whole matrix"),
    KeyBinding(["Enter"], .forceLabel, in: [.wholeMatrix], "force label"),
    KeyBinding(["F"], .forceLabel, in: [.matrix], "force this label"),
    KeyBinding(["/"], .searchLabels, in: [.wholeMatrix], "search (a: audio, v: visual)"),
    KeyBinding(["n"], .findLabel(1), in: [.wholeMatrix], "next label found"),
    KeyBinding(["N"], .findLabel(-1), in: [.wholeMatrix], "previous label found"),
    KeyBinding(["="], .matrixMaximum, in: [.wholeMatrix], "largest entry"),
    KeyBinding(["v"], .matrixKind, in: [.wholeMatrix], "M_sim or M_cof"),
    KeyBinding(["s"], .orderRows, in: [.wholeMatrix], "rows by maximum or index"),
    KeyBinding(["S"], .orderColumns, in: [.wholeMatrix], "columns by maximum or index"),
    KeyBinding([">"], .matrixColumns(1), in: [.wholeMatrix], "page of columns right"),
    KeyBinding(["<"], .matrixColumns(-1), in: [.wholeMatrix], "page of columns left"),
    KeyBinding(["T"], .closeMatrix, in: [.wholeMatrix], "five best (Fig. 6)"),
    KeyBinding(["U"], .releaseLabel, in: [.anywhere], "release forced label"),
    KeyBinding(["ew"], .exportMatrix(isWhole: true), in: [.matrix], "export whole matrix: CSV"),
    KeyBinding(["ev"], .exportMatrix(isWhole: false), in: [.matrix], "export view of matrix: CSV"),
  ]
}
