#include <cmath>

#include "causes/diff/finding.h"

namespace roundoff {
namespace diff_findings {
std::vector<FindingKind> make_all();  // written by the build from the files of causes/diff
}

bool ArrayPair::same(std::int64_t i, std::int64_t j) const {
  const Exact p = x(i), q = y(j);
  return (p.high == q.high && p.low == q.low) || (std::isnan(p.high) && std::isnan(q.high));
}

const std::vector<FindingKind>& all_findings() {
  static const auto* const kFindings = new std::vector<FindingKind>(diff_findings::make_all());
  return *kFindings;
}

std::vector<DiffFinding> find_structure(const ArrayPair& pair) {
  std::vector<DiffFinding> out;
  for (const FindingKind& kind : all_findings()) {
    for (DiffFinding& finding : kind.find(pair)) {
      finding.finding = kind.name;
      out.push_back(std::move(finding));
    }
  }
  return out;
}

}  // namespace roundoff
