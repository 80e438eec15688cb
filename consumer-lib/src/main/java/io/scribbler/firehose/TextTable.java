package io.scribbler.firehose;

import java.util.List;
import java.util.Set;

/** A table for people: columns aligned, two blanks between them. */
final class TextTable {
  private TextTable() {}

  /**
   * The lines of a table, its headings first.
   *
   * @param rows all as long as the first
   * @param right the columns whose cells stand at the right, from 0
   */
  static String of(List<List<String>> rows, Set<Integer> right) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = row.get(i);
        String padding = " ".repeat(widths[i] - cell.length());
        line.append(right.contains(i) ? padding + cell : cell + padding).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
