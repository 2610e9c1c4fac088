/// report.html: one page that shows a run, made from the run's folder alone and complete in itself (no network, no
/// other files; a content-security policy in the page forbids both).
///
/// A section stands on the page when its file is in the folder:
///
///   run.json           when, with what and where: {"date", "version", "commit", "command", "seconds", "machine", "data",
///                      "layers"}, each a word, a number or a list of lines, all of them optional.
///   result.json        {"title"?, "task"?, "model"?, "parameters"?, "epoch"?, "val_mse"?, "test_mse"?, ...}: what
///                      `coset eval` prints, and any further numbers and words. Its comparable number stands among the
///                      published ones.
///   task.json          {"name", "about", "published"?}: published.h.
///   confusion.json     {"classes": [C names], "counts": [C][C]}: rows are true classes, columns the answers.
///   metrics.jsonl      {"step", "epoch", "split", "seconds", NAME: number ...} per line: one curve per split and NAME;
///                      "loss" and "mse" share one chart.
///   trajectories.json  trajectories.h: true and predicted motion in 3D.
///   certificate.json   what `coset check` prints: {"f32": {SYMMETRY: error}, "f64": {the same}, "tolerance": {"f32",
///                      "f64"}, "pass": true, false or null (nothing to check), "not_checked"?: [sentences], "curves"?:
///                      [{"name": "degrees" or "enlargement", "caption", "points": [[value, error]]}]}.
///   pictures/          *.svg and *.png, in order of name, and captions.json: pictures.h.
///   config.yaml        the resolved configuration.
///
/// A run that was stopped has some of these and gets a page of them. Several runs on one page: compare.h.
///
/// Curves are drawn by Chart.js, whose text was compiled into this library from Debian's libjs-chart.js; the 3D view is
/// drawn on a canvas by page.js of this folder.
#pragma once

#include <string>

namespace coset::report {

/// The page as text.
/// @throws coset::Error "FILE: ..." when the folder does not exist or one of the files is not of the form above.
std::string page(const std::string& run_folder);

/// Writes RUN_FOLDER/report.html atomically.
void write_page(const std::string& run_folder);

}  // namespace coset::report
