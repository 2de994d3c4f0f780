// Relocation: the files of a torrent go from one folder to another, all of them or none. A file is renamed where that is
// possible. Across file systems it is copied beside its new name, written out and compared in size; only when all
// copies are complete do they get their names, and only then does the old place lose anything. A crash in between
// leaves each file whole at one of the two places, or at both: the same move again goes on from there.
#pragma once

#include "folder.hpp"

#include <shoal/storage.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::file_storage {

class Relocation {
public:
    struct File {
        std::string name;        // now, and at the new place
        std::string other_name;  // that it has when it is complete, or had before: has to be free too
    };

    /// All of it outlives the relocation.
    Relocation(const Folder& from, const Folder& to, const MoveProgress& progress)
        : from_(from), to_(to), progress_(progress)
    {
    }

    /// Those of `files` that are there. On an error everything is where it was.
    [[nodiscard]] Result<void> run(const std::vector<File>& files);

    /// Its content is another file now: what has it open has the old one.
    [[nodiscard]] bool was_copied(const std::string& name) const;

private:
    enum class Way { renamed, copying, copied, twice };
    struct Step {
        std::string name;
        Way way;
    };

    Result<void> survey(const std::vector<File>& files);
    Result<void> check_free(const File& file, std::uint64_t size);
    Result<void> move(const std::string& name);
    Result<void> copy(const std::string& name);
    Result<void> name_copies();
    Result<void> sync() const;
    void take_away_old();
    void undo();
    bool report(std::uint64_t more);

    const Folder& from_;
    const Folder& to_;
    const MoveProgress& progress_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    std::vector<std::string> names_; // that are still to be moved
    std::vector<Step> steps_;        // that were done, in order
};

} // namespace shoal::file_storage
