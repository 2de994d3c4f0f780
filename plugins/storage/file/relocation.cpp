#include "relocation.hpp"

#include "failure.hpp"
#include "transfer.hpp"

#include <shoal/sha1.hpp>
#include <shoal/utf8.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

namespace shoal::file_storage {

namespace {

// The same after a crash, so that the next attempt finds what this one left.
std::string copy_name(const std::string& name)
{
    const auto name_at = name.rfind('/') + 1; // npos + 1 is 0
    return name.substr(0, name_at) + "." + Sha1::of(as_bytes(name)).hex().substr(0, 16) + ".moving";
}

std::optional<std::uint64_t> size_of(const Folder& folder, const std::string& name)
{
    const auto found = folder.open(name, O_PATH);
    struct stat status {};
    if (!found || ::fstat(found.descriptor.number(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

bool are_equal(const Folder& one, const Folder& other, const std::string& name)
{
    const auto a = one.open(name, O_RDONLY);
    const auto b = other.open(name, O_RDONLY);
    if (!a || !b) return false;
    std::vector<std::byte> left(1 << 20);
    std::vector<std::byte> right(left.size());
    for (std::uint64_t at = 0;; at += left.size()) {
        const auto ours = read_at(a.descriptor.number(), at, left);
        const auto theirs = read_at(b.descriptor.number(), at, right);
        if (ours.error != 0 || theirs.error != 0 || ours.size != theirs.size) return false;
        if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(ours.size), right.begin()))
            return false;
        if (ours.size < left.size()) return true;
    }
}

} // namespace

Result<void> Relocation::run(const std::vector<File>& files)
{
    auto moved = survey(files);
    if (moved && !report(0)) moved = make_error(Errc::cancelled, "the move was cancelled");
    for (auto name = names_.begin(); moved && name != names_.end(); ++name) moved = move(*name);
    if (moved) moved = name_copies();
    if (moved) moved = sync();
    if (!moved) undo();
    else take_away_old();
    return moved;
}

bool Relocation::was_copied(const std::string& name) const
{
    return std::ranges::any_of(steps_, [&](const Step& s) { return s.name == name && s.way != Way::renamed; });
}

bool Relocation::report(std::uint64_t more)
{
    done_ += more;
    return progress_.report(done_, total_);
}

// ---- forth
// ---------------------------------------------------------------------------------------------

Result<void> Relocation::survey(const std::vector<File>& files)
{
    for (const auto& file : files) {
        const auto size = size_of(from_, file.name);
        if (!size) continue; // it was never written, or an earlier attempt has moved it
        total_ += *size;
        if (auto is_free = check_free(file, *size); !is_free) return is_free;
    }
    return {};
}

Result<void> Relocation::check_free(const File& file, std::uint64_t size)
{
    for (const auto& name : {file.name, file.other_name}) {
        const auto there = to_.open(name, O_PATH);
        if (there.error == ENOENT) continue;
        const bool is_ours = name == file.name && size_of(to_, name) == size && are_equal(from_, to_, name);
        if (!is_ours) return failure(to_.full(name), there ? EEXIST : there.error);
        steps_.push_back({name, Way::twice});
        done_ += size;
        return {};
    }
    names_.push_back(file.name);
    return {};
}

Result<void> Relocation::move(const std::string& name)
{
    const auto file = from_.open(name, O_PATH);
    if (!file) return failure(from_.full(name), file.error);
    const int error = from_.move(name, to_, name, file.descriptor.number());
    if (error == EXDEV) return copy(name);
    if (error != 0) return failure(to_.full(name), error);
    steps_.push_back({name, Way::renamed});
    if (!report(size_of(to_, name).value_or(0))) return make_error(Errc::cancelled, "the move was cancelled");
    return {};
}

Result<void> Relocation::copy(const std::string& name)
{
    const auto from = from_.open(name, O_RDONLY);
    if (!from) return failure(from_.full(name), from.error);
    static_cast<void>(to_.remove(copy_name(name))); // of an attempt that a crash ended
    const auto to = to_.create(copy_name(name));
    if (!to) return failure(to_.full(name), to.error);
    steps_.push_back({name, Way::copying});
    const auto size = size_of(from_, name);
    const int error = copy_file(from.descriptor.number(), to.descriptor.number(), size.value_or(0),
                                [this](std::uint64_t more) { return report(more); });
    if (error == ECANCELED) return make_error(Errc::cancelled, "the move was cancelled");
    if (error != 0) return failure(to_.full(name), error);
    if (!size || size_of(to_, copy_name(name)) != size || size_of(from_, name) != size)
        return make_error(Errc::io_error, printable(from_.full(name)) + ": it changed while it was copied");
    return {};
}

Result<void> Relocation::name_copies()
{
    for (auto& step : steps_) {
        if (step.way != Way::copying) continue;
        const auto copy = to_.open(copy_name(step.name), O_PATH);
        const int error = copy ? to_.rename(copy_name(step.name), step.name, copy.descriptor.number()) : copy.error;
        if (error != 0) return failure(to_.full(step.name), error);
        step.way = Way::copied;
    }
    return {};
}

Result<void> Relocation::sync() const
{
    std::set<std::string> folders;
    for (const auto& step : steps_) add_folders_above(step.name, folders);
    for (const auto& folder : folders) {
        if (const int error = to_.sync(folder); error != 0) return failure(to_.full(folder), error);
    }
    return {};
}

// What cannot be taken away stays: everything is at the new place.
void Relocation::take_away_old()
{
    for (const auto& step : steps_) {
        if (step.way != Way::renamed) static_cast<void>(from_.remove(step.name));
        from_.remove_empty_above(step.name);
    }
}

// ---- and back
// ---------------------------------------------------------------------------------------------

void Relocation::undo()
{
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
        switch (step->way) {
        case Way::twice: continue; // it was there before us
        case Way::copying: static_cast<void>(to_.remove(copy_name(step->name))); break;
        case Way::copied: static_cast<void>(to_.remove(step->name)); break;
        case Way::renamed:
            if (const auto file = to_.open(step->name, O_PATH))
                static_cast<void>(to_.move(step->name, from_, step->name, file.descriptor.number()));
            break;
        }
        to_.remove_empty_above(step->name);
    }
    steps_.clear();
}

} // namespace shoal::file_storage
