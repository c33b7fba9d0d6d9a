#include <cmath>

#include "causes/diff/finding.h"

namespace roundoff {
namespace diff_findings {
std::vector<FindingKind> make_all();  // written by the build from the files of causes/diff
}

namespace {

constexpr int kSpread = 64;

std::vector<std::int64_t> probes_of(const ArrayPair& pair) {
  std::vector<std::int64_t> probes;
  if (pair.figures != nullptr) {
    for (const std::int64_t i : {pair.figures->first_different, pair.figures->worst_ulp}) {
      if (i >= 0) probes.push_back(i);
    }
  }
  for (int k = 0; k < kSpread && pair.count > 0; ++k)
    probes.push_back(static_cast<std::int64_t>(static_cast<double>(pair.count) * std::fmod(0.6180339887 * k, 1.0)));
  return probes;
}

}  // namespace

const std::vector<FindingKind>& all_findings() {
  static const auto* const kFindings = new std::vector<FindingKind>(diff_findings::make_all());
  return *kFindings;
}

std::vector<DiffFinding> find_structure(ArrayPair pair) {
  pair.probes = probes_of(pair);
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
