#include "io/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <mutex>
#include <system_error>

namespace roundoff {
namespace {

constexpr std::uint64_t kNothingLost = std::numeric_limits<std::uint64_t>::max();

/// What the handler of SIGBUS knows about one mapping. A slot that is read by the handler belongs to a mapping that
/// some thread is reading, so it stays while the handler needs it.
struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};   ///< whole pages; begin is 0 in a free slot
  std::atomic<std::uint64_t> lost{kNothingLost};  ///< offset of the first page that was not there
};

constexpr int kSlots = 1024;
std::array<Slot, kSlots> slots;

std::mutex mutex;  // guards what follows
int mappings = 0;
struct sigaction before;

std::uintptr_t page_size() {
  static const auto kSize = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return kSize;
}

/// Puts zeros from the page of `at` to the mapping's end. mmap is a system call and no more on Linux, so it may be
/// called here; libwayland guards its shared buffers in the same way.
bool replace_lost_pages(std::uintptr_t at) {
  for (Slot& slot : slots) {
    const std::uintptr_t begin = slot.begin.load(), end = slot.end.load();
    if (begin == 0 || at < begin || at >= end || slot.begin.load() != begin) continue;
    const std::uintptr_t page = at / page_size() * page_size();
    if (::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED) {
      return false;
    }
    std::uint64_t lost = slot.lost.load();
    while (page - begin < lost && !slot.lost.compare_exchange_weak(lost, page - begin)) {
    }
    return true;
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* about, void* context) {
  const int error = errno;
  const bool ours = replace_lost_pages(reinterpret_cast<std::uintptr_t>(about->si_addr));
  errno = error;
  if (ours) return;
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, about, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    ::sigaction(signal, &before, nullptr);  // the access is tried again, and has its usual end
  }
}

Status watch() {
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  (void)page_size();
  if (::sigaction(SIGBUS, &action, &before) == 0) return {};
  return Error{Code::resource, "cannot watch for lost pages: " + std::generic_category().message(errno), "SIGBUS",
               "free the resource and try again"};
}

/// Takes the handler away, unless somebody has put another over it.
void stop_watching() {
  struct sigaction now {};
  if (::sigaction(SIGBUS, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_bus_error)
    ::sigaction(SIGBUS, &before, nullptr);
}

Result<int> take_slot(const std::byte* data, std::size_t size, const std::string& path) {
  const std::scoped_lock lock(mutex);
  for (int i = 0; i < kSlots; ++i) {
    Slot& slot = slots[static_cast<std::size_t>(i)];
    if (slot.begin.load() != 0) continue;
    if (mappings == 0) {
      ROUNDOFF_CHECK(watch());
    }
    ++mappings;
    const auto begin = reinterpret_cast<std::uintptr_t>(data);
    slot.lost.store(kNothingLost);
    slot.end.store((begin + size + page_size() - 1) / page_size() * page_size());
    slot.begin.store(begin);
    return i;
  }
  return Error{Code::resource, "more than " + std::to_string(kSlots) + " files are open at once", path,
               "compare fewer at a time"};
}

void give_slot_back(int index) {
  const std::scoped_lock lock(mutex);
  Slot& slot = slots[static_cast<std::size_t>(index)];
  slot.begin.store(0);
  if (--mappings == 0) stop_watching();
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  ROUNDOFF_TRY(InputFile file, InputFile::open(path));
  const std::shared_ptr<MappedFile> mapped(new MappedFile(path, std::move(file)));
  const std::uint64_t size = mapped->file_.size();
  if (size == 0) return std::shared_ptr<const MappedFile>(mapped);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, mapped->file_.descriptor(), 0);
  if (data == MAP_FAILED) {
    return Error{Code::resource, "cannot map it into memory: " + std::generic_category().message(errno), path,
                 "raise the limit on address space (ulimit -v), or copy the file to a local disk"};
  }
  mapped->data_ = static_cast<const std::byte*>(data);
  mapped->size_ = size;
  ROUNDOFF_TRY(mapped->slot_, take_slot(mapped->data_, mapped->size_, path));
  return std::shared_ptr<const MappedFile>(mapped);
}

MappedFile::~MappedFile() {
  if (slot_ >= 0) give_slot_back(slot_);  // first: the addresses may be another mapping's once they are free
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

Status MappedFile::check() const {
  const std::uint64_t lost = slot_ < 0 ? kNothingLost : slots[static_cast<std::size_t>(slot_)].lost.load();
  if (lost != kNothingLost) {
    return Error{Code::input, "could not be read from here on: it was cut short while it was read, or its disk failed",
                 path_ + ", byte " + std::to_string(lost), "do not write to the file while it is read"};
  }
  return file_.check_unchanged();
}

void MappedFile::expect(std::span<const std::byte> part) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data()) / page_size() * page_size();
  const auto end = reinterpret_cast<std::uintptr_t>(part.data()) + part.size();
  if (!part.empty()) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_WILLNEED);
}

}  // namespace roundoff
