// OpenFiles: a bounded number of descriptors, those used last kept open. A file that a caller holds stays
// open until it lets go, and one that was lent to the host until clear(), whatever is forgotten here.
// Threads: the owner's lock.
#pragma once

#include "descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace shoal::file_storage {

struct OpenFile {
    Descriptor descriptor;
    bool writable = false;
    bool is_final = false; // opened under its final name, or renamed to it since
};

class OpenFiles {
public:
    using Handle = std::shared_ptr<OpenFile>;

    /// At least 2; half of them, at most, can be lent.
    explicit OpenFiles(std::size_t limit) : limit_(limit) {}

    /// Null: it is not open.
    [[nodiscard]] Handle find(std::uint32_t file);

    /// In the place of what was kept for that file, and of the one that was used longest ago.
    void keep(std::uint32_t file, Handle handle);

    /// Keeps it until clear(), and answers find() and later calls with it. False: enough are lent already.
    bool lend(std::uint32_t file, const Handle& handle);
    /// Null: it is not lent.
    [[nodiscard]] Handle lent(std::uint32_t file) const;

    /// It is another file from now on; the old one stays open until clear() if it was lent.
    void retire(std::uint32_t file);

    /// Closes what is kept only for speed; false when that was nothing.
    bool drop_idle();
    void clear();

private:
    struct Kept {
        std::uint32_t file;
        Handle handle;
    };

    void shrink();

    std::size_t limit_;
    std::list<Kept> recent_; // used last first
    std::unordered_map<std::uint32_t, std::list<Kept>::iterator> places_;
    std::unordered_map<std::uint32_t, Handle> lent_;
    std::vector<Handle> retired_;
};

} // namespace shoal::file_storage
