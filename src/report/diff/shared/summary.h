// What the views of a diff for people have in common: orders, sentences and figures.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "roundoff/diff.h"

namespace roundoff::views {

using Lines = std::vector<std::string>;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// "float32[3, 4]".
[[nodiscard]] std::string type_line(const std::string& dtype, const Shape& shape);
/// "Mismatched elements: 3 / 100 (3 %)", as NumPy says it, with the limits.
[[nodiscard]] std::string mismatch_line(const TensorDiff& tensor);
/// Name and text of every figure of a pair.
[[nodiscard]] Fields figure_fields(const TensorDiff& tensor);
/// What relative, ulp and quantiles mean here.
[[nodiscard]] Lines definition_lines(const TensorDiff& tensor);
/// NaN, infinities and zero signs where the two differ in them; empty where not.
[[nodiscard]] Lines kind_lines(const DiffFigures& figures);
/// "at [1, 2]: …" of one element, in decimal, hex and bits.
[[nodiscard]] Lines element_lines(const DiffElement& element);
/// "reversed along axis 0: 12 of 12 elements".
[[nodiscard]] std::string finding_line(const DiffFinding& finding);
[[nodiscard]] std::string cause_line(const CauseReport& cause);
/// "undetermined: …".
[[nodiscard]] std::string verdict_line(const TensorDiff& tensor);

/// Of several tensors: how many are identical, differ, could not be compared.
[[nodiscard]] std::string count_line(const DiffReport& report);
/// The first tensor, in a's order, that exceeds its tolerance; empty where none does.
[[nodiscard]] std::string first_line(const DiffReport& report);
/// How the difference grows along the tensors; empty where fewer than three differ.
[[nodiscard]] std::string growth_line(const DiffReport& report);
/// Tensors that only one side has, counted and named; at most `most` names.
[[nodiscard]] Lines unpaired_lines(const DiffReport& report, std::size_t most);
/// Columns of the table of tensors and one row of it.
[[nodiscard]] Lines table_headings();
[[nodiscard]] Lines table_row(const TensorDiff& tensor);

}  // namespace roundoff::views
