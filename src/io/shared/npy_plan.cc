#include "io/shared/npy_plan.h"

#include <algorithm>
#include <utility>

#include "io/npy_header.h"

namespace roundoff {

Result<NpyPlan> plan_npy(std::string name, const std::string& place, std::uint64_t size,
                         const std::function<Result<std::string>(std::size_t)>& read, const OpenOptions& options) {
  ROUNDOFF_TRY(const std::string first, read(kNpyPreamble));
  ROUNDOFF_TRY(const NpyText where, parse_npy_preamble(std::as_bytes(std::span(first)), size, place));
  ROUNDOFF_TRY(const std::string beginning, read(where.begin + where.size));
  const auto as = options.type ? std::optional(options.type->dtype) : std::nullopt;
  ROUNDOFF_TRY(const NpyHeader header,
               parse_npy_header(std::string_view(beginning).substr(where.begin), where.begin, place, as));
  NpyPlan plan{.info = {},
               .order = {.swapped = header.swapped, .fortran = header.fortran_order},
               .data_begin = where.begin + where.size};
  ROUNDOFF_TRY(plan.info, make_info(std::move(name), header.type, header.shape, place));
  const auto there = size - plan.data_begin, stated = static_cast<std::uint64_t>(plan.info.bytes);
  if (there < stated) {
    return Error{
        Code::input,
        "the header states " + std::to_string(stated) + " bytes of data, but " + std::to_string(there) + " are there",
        place + ", byte " + std::to_string(size), "the file is cut short: copy or save it again"};
  }
  if (there > stated) {
    return Error{Code::input, std::to_string(there - stated) + " bytes follow the array's data",
                 place + ", byte " + std::to_string(plan.data_begin + stated), "save one array per file"};
  }
  return plan;
}

}  // namespace roundoff
