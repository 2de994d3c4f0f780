#pragma once

#include "state/rows.hpp"

#include <shoal/unique_function.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace shoal::state {

using Done = UniqueFunction<void(Result<void>)>;

struct WaitingRow {
    Row row;
    std::vector<Done> done{};  // of all that were given for it
};

// Rows that are to be written, in order, each as it is to be in the end: a later one takes the place of an earlier one, and a torrent
// that is erased takes what waits of it along. So what waits is never more than what there is.
class WaitingRows {
public:
    bool empty() const { return rows_.empty(); }
    std::size_t size() const { return rows_.size(); }
    // Somebody waits for one of them.
    bool is_awaited() const;

    void add(WaitingRow row);
    std::vector<WaitingRow> take();
    // What was taken and could not be written comes before what came since, which is newer.
    void give_back(std::vector<WaitingRow> rows);

    // As the torrent's metainfo is to be: a row of it, or that the torrent is erased, or null.
    const Row* metainfo(const Hash20& info_hash) const;

private:
    // Of which kind, and its name in one part or two.
    using Key = std::tuple<std::size_t, std::string, std::string>;

    static Key key_of(const Row& row);
    void take_along(const Hash20& info_hash, std::vector<Done>& done);

    std::list<WaitingRow> rows_;
    std::map<Key, std::list<WaitingRow>::iterator> by_key_;
};

// The same of rows that were taken.
const Row* metainfo_among(const std::vector<WaitingRow>& rows, const Hash20& info_hash);

}  // namespace shoal::state
