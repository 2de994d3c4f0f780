#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <vector>

namespace shoal::control {

// Which of many things changed since when: each change gets the next revision. What is asked costs as much as what changed, not as
// much as there is. Things that are gone are remembered, the latest `most_gone` of them: who asks for an older revision is
// told everything. [loop]
template <class Id>
class Changes {
public:
    struct Delta {
        std::uint64_t revision = 0;  // ask for what came after it the next time
        bool is_everything = false;  // what is not in `changed` does not exist
        std::vector<Id> changed{};   // the oldest change first
        std::vector<Id> gone{};
    };

    explicit Changes(std::size_t most_gone = 10'000) : most_gone_(most_gone) {}

    void touch(const Id& id);  // new, or changed
    void remove(const Id& id);
    std::uint64_t revision() const { return revision_; }
    // 0: everything. A revision from the future (of an earlier run) counts as 0.
    Delta since(std::uint64_t revision) const;

private:
    struct Entry {
        Id id;
        std::uint64_t revision;
    };
    using Order = std::list<Entry>;

    std::uint64_t revision_ = 0;
    std::uint64_t forgotten_ = 0;  // the highest revision of what is not remembered any more
    std::size_t most_gone_;
    Order changed_;  // by revision
    Order gone_;
    std::map<Id, typename Order::iterator> place_;
};

template <class Id>
void Changes<Id>::touch(const Id& id)
{
    const auto at = place_.find(id);
    if (at != place_.end()) {
        changed_.splice(changed_.end(), changed_, at->second);
    } else {
        gone_.remove_if([&](const Entry& entry) { return entry.id == id; });
        changed_.push_back({id, 0});
        place_.emplace(id, std::prev(changed_.end()));
    }
    changed_.back().revision = ++revision_;
}

template <class Id>
void Changes<Id>::remove(const Id& id)
{
    const auto at = place_.find(id);
    if (at == place_.end()) return;
    gone_.splice(gone_.end(), changed_, at->second);
    gone_.back().revision = ++revision_;
    place_.erase(at);
    if (gone_.size() <= most_gone_) return;
    forgotten_ = gone_.front().revision;
    gone_.pop_front();
}

template <class Id>
typename Changes<Id>::Delta Changes<Id>::since(std::uint64_t revision) const
{
    Delta delta{.revision = revision_};
    delta.is_everything = revision == 0 || revision > revision_ || revision < forgotten_;
    const std::uint64_t from = delta.is_everything ? 0 : revision;
    const auto later_than = [from](const Order& order) {
        auto at = order.end();
        while (at != order.begin() && std::prev(at)->revision > from) --at;
        return at;
    };
    for (auto at = later_than(changed_); at != changed_.end(); ++at) delta.changed.push_back(at->id);
    if (delta.is_everything) return delta;
    for (auto at = later_than(gone_); at != gone_.end(); ++at) delta.gone.push_back(at->id);
    return delta;
}

}  // namespace shoal::control
