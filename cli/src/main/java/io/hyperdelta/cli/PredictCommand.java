package io.hyperdelta.cli;

import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.fit.Progress;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Prediction;
import io.hyperdelta.runtime.RowsException;
import io.hyperdelta.weave.Strength;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta predict}: predicts for the rows of a file. */
@Command(
    name = "predict",
    description = {
      "Predict for the rows of a file with a bundle.",
      "",
      "Prints CSV: a line per row, in the file's order, with what the model predicts: the label as the spec states it, or the logits of its classes. Of an ensemble also the spread of its members, their standard deviation."
    })
final class PredictCommand implements Callable<Integer> {
  /** Rows predicted at once. */
  private static final int CHUNK = 4096;

  private final Terminal terminal;

  @Parameters(paramLabel = "BUNDLE", description = "Folder that \"train\" wrote.")
  private Path bundle;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "FILE",
      required = true,
      description = "CSV, TSV, Parquet or JSON file with the columns of target and conditions.")
  private Path data;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "File to write; standard output by default.")
  private @Nullable Path out;

  @Option(
      names = {"-k", "--keep"},
      paramLabel = "COLUMN",
      split = ",",
      description = "Columns of the file to print before the predictions, such as an id.")
  private List<String> keep = List.of();

  @Mixin private TableOption tables;

  @Mixin private StrengthOption strength;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (out != null) {
      WrittenFile.checkIsNoInput(out, List.of(data));
    }
    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      tables.apply(model);
      load(model);
      Table table = BundleRows.read(data, model.manifest(), keep);
      UnknownNote.print(model.unknownCategories(TableRows.of(table)), terminal);
      if (out == null) {
        predict(model, table, terminal.out(), Progress.silent());
      } else {
        WrittenFile.write(
            out,
            draft -> {
              try (Writer writer = Files.newBufferedWriter(draft, StandardCharsets.UTF_8);
                  PrintWriter printer = new PrintWriter(writer)) {
                predict(model, table, printer, terminal.progress());
                if (printer.checkError()) {
                  throw new IOException("the disk took no more");
                }
              }
            });
      }
    }
    return 0;
  }

  /** Loads the model while the rows are read: each begins with a native library of its own. */
  private static void load(AdaptiveModel model) {
    Thread thread =
        new Thread(
            () -> {
              try {
                model.load();
              } catch (RuntimeException | LinkageError e) {
                // Predicting meets it again, where it is reported.
              }
            },
            "load-model");
    thread.setDaemon(true);
    thread.start();
  }

  private void predict(AdaptiveModel model, Table table, PrintWriter printer, Progress progress) {
    Strength wanted = strength.value(model.sources());
    // Written to a text first: an error in a later chunk must not leave half an answer.
    StringBuilder lines = new StringBuilder();
    try (Progress.Step step = progress.begin("predict", table.rowCount(), "rows")) {
      for (int from = 0; from < table.rowCount(); from += CHUNK) {
        int[] rows = IntStream.range(from, Math.min(from + CHUNK, table.rowCount())).toArray();
        Prediction prediction = predict(model, table.rows(rows), wanted, from);
        if (from == 0) {
          lines.append(String.join(",", header(model.manifest(), prediction))).append('\n');
        }
        append(lines, table, rows, prediction);
        step.advance(rows.length);
      }
    }
    printer.print(lines);
  }

  private static Prediction predict(AdaptiveModel model, Table chunk, Strength wanted, int from) {
    try {
      return model.predict(TableRows.of(chunk), wanted);
    } catch (RowsException e) {
      if (from == 0) {
        throw e;
      }
      throw new RowsException(
          e.getMessage() + " Rows are counted from row " + (from + 1) + " of the file here.");
    }
  }

  private List<String> header(Manifest manifest, Prediction prediction) {
    List<String> names = new ArrayList<>(keep);
    addNames(names, manifest, prediction.width(), "logit ", "prediction");
    if (prediction.spread() != null) {
      addNames(names, manifest, prediction.width(), "spread ", "spread");
    }
    return names.stream().map(PredictCommand::csv).toList();
  }

  private static void addNames(
      List<String> names, Manifest manifest, int width, String ofClass, String ofNumber) {
    for (int i = 0; i < width; i++) {
      names.add(
          width == manifest.classes().size()
              ? ofClass + manifest.classes().get(i)
              : width == 1 ? ofNumber : ofNumber + "_" + (i + 1));
    }
  }

  private void append(StringBuilder lines, Table table, int[] rows, Prediction prediction) {
    List<float[]> columns = new ArrayList<>(List.of(prediction.values()));
    if (prediction.spread() != null) {
      columns.add(prediction.spread().floats());
    }
    for (int i = 0; i < rows.length; i++) {
      List<String> cells = new ArrayList<>();
      for (String name : keep) {
        cells.add(csv(text(table.column(name), rows[i])));
      }
      for (float[] values : columns) {
        for (int c = 0; c < prediction.width(); c++) {
          cells.add(Float.toString(values[i * prediction.width() + c]));
        }
      }
      lines.append(String.join(",", cells)).append('\n');
    }
  }

  private static String text(Column column, int row) {
    if (column.missing(row)) {
      return "";
    }
    if (column instanceof TextColumn texts) {
      String value = texts.value(row);
      return value == null ? "" : value;
    }
    double value = ((NumericColumn) column).value(row);
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String csv(String cell) {
    return cell.matches("[^\",\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }
}
