#include "support/fault_vfs.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "support/temporary_folder.h"

namespace {

constexpr std::size_t sector = 512;

void apply(std::string& content, std::int64_t offset, std::string_view bytes) {
  const auto at = static_cast<std::size_t>(offset);
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content.begin() + offset);
}

}  // namespace

// SQLite's callbacks, which find their way back to the FaultVfs.
struct FaultVfs::Shim {
  // What SQLite allocates for each open file; the real VFS's file lies behind it.
  struct File {
    sqlite3_file base;
    FaultVfs* owner;
    sqlite3_file* real;
    std::string* path;
  };

  static FaultVfs& owner(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }
  static File& file(sqlite3_file* base) { return *reinterpret_cast<File*>(base); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
    FaultVfs& self = owner(vfs);
    base->pMethods = nullptr;
    if (const int error = self.strike(Call::open)) return error == SQLITE_IOERR ? SQLITE_CANTOPEN : error;
    if (name != nullptr) self.remember(name);
    auto* const raw = reinterpret_cast<char*>(base);
    auto* const real = reinterpret_cast<sqlite3_file*>(raw + sizeof(File));
    std::memset(raw, 0, static_cast<std::size_t>(vfs->szOsFile));
    const int outcome = self.real_->xOpen(self.real_, name, real, flags, out_flags);
    if (outcome != SQLITE_OK) return outcome;
    File& opened = file(base);
    opened.owner = &self;
    opened.real = real;
    opened.path = new std::string(name ? name : "");
    opened.base.pMethods = &methods;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    FaultVfs& self = owner(vfs);
    if (const int error = self.strike(Call::remove)) return error;
    const int outcome = self.real_->xDelete(self.real_, name, sync_directory);
    const std::lock_guard lock(self.mutex_);
    self.disks_.erase(name);
    return outcome;
  }

  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    if (owner(vfs).strike(Call::access)) return SQLITE_IOERR_ACCESS;
    return owner(vfs).real_->xAccess(owner(vfs).real_, name, flags, out);
  }
  static int full_pathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    return owner(vfs).real_->xFullPathname(owner(vfs).real_, name, size, out);
  }
  static int randomness(sqlite3_vfs* vfs, int size, char* out) {
    return owner(vfs).real_->xRandomness(owner(vfs).real_, size, out);
  }
  static int sleep(sqlite3_vfs* vfs, int us) { return owner(vfs).real_->xSleep(owner(vfs).real_, us); }
  static int current_time(sqlite3_vfs* vfs, double* out) { return owner(vfs).real_->xCurrentTime(owner(vfs).real_, out); }
  static int last_error(sqlite3_vfs* vfs, int size, char* out) {
    return owner(vfs).real_->xGetLastError(owner(vfs).real_, size, out);
  }
  static int current_time_64(sqlite3_vfs* vfs, sqlite3_int64* out) {
    return owner(vfs).real_->xCurrentTimeInt64(owner(vfs).real_, out);
  }

  static int close(sqlite3_file* base) {
    File& self = file(base);
    const int outcome = self.real->pMethods->xClose(self.real);
    delete self.path;
    return outcome;
  }
  static int read(sqlite3_file* base, void* to, int size, sqlite3_int64 offset) {
    File& self = file(base);
    if (self.owner->strike(Call::read)) return SQLITE_IOERR_READ;
    return self.real->pMethods->xRead(self.real, to, size, offset);
  }
  static int write(sqlite3_file* base, const void* from, int size, sqlite3_int64 offset) {
    File& self = file(base);
    if (const int error = self.owner->strike(Call::write)) return error == SQLITE_IOERR ? SQLITE_IOERR_WRITE : error;
    const int outcome = self.real->pMethods->xWrite(self.real, from, size, offset);
    if (outcome != SQLITE_OK) return outcome;
    const std::lock_guard lock(self.owner->mutex_);
    self.owner->disks_[*self.path].unsynced.push_back(
        {.offset = offset, .bytes = std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* base, sqlite3_int64 size) {
    File& self = file(base);
    if (self.owner->strike(Call::truncate)) return SQLITE_IOERR_TRUNCATE;
    const int outcome = self.real->pMethods->xTruncate(self.real, size);
    const std::lock_guard lock(self.owner->mutex_);
    self.owner->disks_[*self.path].unsynced.push_back({.offset = size, .truncate = true});
    return outcome;
  }
  static int sync(sqlite3_file* base, int flags) {
    File& self = file(base);
    if (self.owner->strike(Call::sync)) return SQLITE_IOERR_FSYNC;
    const int outcome = self.real->pMethods->xSync(self.real, flags);
    const std::lock_guard lock(self.owner->mutex_);
    Disk& disk = self.owner->disks_[*self.path];
    for (const Write& write : disk.unsynced) {
      if (write.truncate) {
        disk.synced.resize(static_cast<std::size_t>(write.offset), '\0');
      } else {
        ::apply(disk.synced, write.offset, write.bytes);
      }
    }
    disk.unsynced.clear();
    disk.exists_synced = true;
    return outcome;
  }
  static int file_size(sqlite3_file* base, sqlite3_int64* out) {
    if (file(base).owner->strike(Call::size)) return SQLITE_IOERR_FSTAT;
    return file(base).real->pMethods->xFileSize(file(base).real, out);
  }
  static int lock(sqlite3_file* base, int level) {
    File& self = file(base);
    if (const int error = self.owner->strike(Call::lock)) return error == SQLITE_IOERR ? SQLITE_IOERR_LOCK : error;
    return self.real->pMethods->xLock(self.real, level);
  }
  static int unlock(sqlite3_file* base, int level) { return file(base).real->pMethods->xUnlock(file(base).real, level); }
  static int check_reserved(sqlite3_file* base, int* out) {
    return file(base).real->pMethods->xCheckReservedLock(file(base).real, out);
  }
  static int control(sqlite3_file* base, int op, void* argument) {
    return file(base).real->pMethods->xFileControl(file(base).real, op, argument);
  }
  static int sector_size(sqlite3_file*) { return static_cast<int>(sector); }
  // Nothing is promised, so that SQLite relies on nothing but sync.
  static int characteristics(sqlite3_file*) { return 0; }
  static int shm_map(sqlite3_file* base, int page, int size, int extend, void volatile** out) {
    if (file(base).owner->strike(Call::shm_map)) return SQLITE_IOERR_SHMMAP;
    return file(base).real->pMethods->xShmMap(file(base).real, page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* base, int offset, int count, int flags) {
    // Giving a lock back cannot fail.
    const bool takes = (flags & SQLITE_SHM_LOCK) != 0;
    if (const int error = takes ? file(base).owner->strike(Call::shm_lock) : SQLITE_OK) {
      return error == SQLITE_IOERR ? SQLITE_IOERR_SHMLOCK : error;
    }
    return file(base).real->pMethods->xShmLock(file(base).real, offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* base) { file(base).real->pMethods->xShmBarrier(file(base).real); }
  static int shm_unmap(sqlite3_file* base, int remove_file) {
    return file(base).real->pMethods->xShmUnmap(file(base).real, remove_file);
  }

  static const sqlite3_io_methods methods;
};

const sqlite3_io_methods FaultVfs::Shim::methods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.iVersion = 2;
  vfs_.zName = "fault";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(Shim::File)) + real_->szOsFile;
  vfs_.xOpen = Shim::open;
  vfs_.xDelete = Shim::remove;
  vfs_.xAccess = Shim::access;
  vfs_.xFullPathname = Shim::full_pathname;
  vfs_.xRandomness = Shim::randomness;
  vfs_.xSleep = Shim::sleep;
  vfs_.xCurrentTime = Shim::current_time;
  vfs_.xGetLastError = Shim::last_error;
  vfs_.xCurrentTimeInt64 = Shim::current_time_64;
  if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) throw std::runtime_error("the VFS cannot be registered");
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

void FaultVfs::arm(Mode mode, int nth, int error, std::set<Call> which) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
  nth_ = nth;
  error_ = error;
  which_ = std::move(which);
  calls_ = 0;
  struck_ = false;
}

int FaultVfs::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

bool FaultVfs::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

int FaultVfs::strike(Call call) {
  const std::lock_guard lock(mutex_);
  if (mode_ == Mode::fail_from && struck_) return error_;
  if (!which_.empty() && !which_.contains(call)) return SQLITE_OK;
  ++calls_;
  if (mode_ == Mode::none || calls_ != nth_) return SQLITE_OK;
  struck_ = true;
  return error_;
}

void FaultVfs::remember(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (disks_.contains(path) || !std::filesystem::exists(path)) return;
  disks_[path] = {.synced = contents(path), .exists_synced = true};
}

void FaultVfs::power_cut_image(const std::filesystem::path& from, const std::filesystem::path& folder,
                               std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (const auto& [path, disk] : disks_) {
    if (std::filesystem::path(path).parent_path() != from) continue;
    std::string content = disk.synced;
    for (const Write& write : disk.unsynced) {
      const auto fate = random() % 3;
      if (fate == 0) continue;
      if (write.truncate) {
        content.resize(static_cast<std::size_t>(write.offset), '\0');
        continue;
      }
      if (fate == 1) {
        ::apply(content, write.offset, write.bytes);
        continue;
      }
      // Torn: each sector arrives or does not.
      for (std::size_t at = 0; at < write.bytes.size(); at += sector) {
        if (random() % 2 == 0) continue;
        ::apply(content, write.offset + static_cast<std::int64_t>(at),
                std::string_view(write.bytes).substr(at, sector));
      }
    }
    if (content.empty() && !disk.exists_synced) continue;
    std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary) << content;
  }
}
