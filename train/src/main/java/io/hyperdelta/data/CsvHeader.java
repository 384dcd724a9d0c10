package io.hyperdelta.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The header of a CSV or TSV file. We read it ourselves since DuckDB guesses: a malformed row would
 * make it take another delimiter, skip lines, or rename columns.
 *
 * @param delimiter what stands between fields
 * @param names the columns
 */
record CsvHeader(char delimiter, List<String> names) {
  private static final char[] DELIMITERS = {',', ';', '\t', '|'};
  private static final int LONGEST = 1 << 20;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  static CsvHeader read(Path path, String subject, boolean gzip, boolean tabs) {
    String line = line(path, subject, gzip);
    char delimiter = tabs ? '\t' : delimiter(line);
    List<String> names = fields(line, delimiter);
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      // Names without text are DuckDB's to make up; the rest must tell columns apart, in any case.
      if (!name.isEmpty() && !seen.add(name.toLowerCase(Locale.ROOT))) {
        throw new DataException(
            subject
                + " has two columns named \""
                + name
                + "\". Expected different names in the header, whatever their case, got "
                + String.join(", ", names)
                + ".",
            null);
      }
    }
    return new CsvHeader(delimiter, names);
  }

  /** The header line, which goes on over line breaks in quotes. */
  private static String line(Path path, String subject, boolean gzip) {
    try (InputStream file = Files.newInputStream(path);
        InputStream in = gzip ? new GZIPInputStream(file) : file;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      StringBuilder line = new StringBuilder();
      boolean quoted = false;
      int c = reader.read();
      while (c >= 0 && (quoted || (c != '\n' && c != '\r')) && line.length() < LONGEST) {
        quoted ^= c == '"';
        if (!line.isEmpty() || c != BYTE_ORDER_MARK) {
          line.append((char) c);
        }
        c = reader.read();
      }
      if (line.toString().isBlank()) {
        throw new DataException(
            subject + " is empty. Expected a header line with column names, got none.", null);
      }
      return line.toString();
    } catch (MalformedInputException e) {
      throw new DataException(
          subject + " is not UTF-8 text. Expected UTF-8. Save the file as UTF-8.", e);
    } catch (ZipException e) {
      throw new DataException(
          subject + " is not compressed with gzip. Expected gzip, as .gz says.", e);
    } catch (IOException e) {
      throw new DataException(subject + " cannot be read. Expected a readable file.", e);
    }
  }

  /** The delimiter that the header uses most. */
  private static char delimiter(String line) {
    char best = DELIMITERS[0];
    int most = 1;
    for (char candidate : DELIMITERS) {
      int count = fields(line, candidate).size();
      if (count > most) {
        best = candidate;
        most = count;
      }
    }
    return best;
  }

  private static List<String> fields(String line, char delimiter) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == delimiter && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
