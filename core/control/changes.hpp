#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <vector>

namespace shoal::control {

// Which of many things changed since when: each change gets the next revision. What is asked costs as much as what changed, not as
// much as there is, and a change O(log n). Things that are gone are remembered, the latest `most_gone` of them: who asks for an older
// revision is told everything. [loop]
template <class Id>
class Changes {
public:
    struct Delta {
        std::uint64_t revision = 0;  // ask for what came after it the next time
        bool is_everything = false;  // what is not in `changed` does not exist
        std::vector<Id> changed{};   // the oldest change first
        std::vector<Id> gone{};
    };

    // Revisions begin after `first`. Who may still hold one of an earlier run is told everything if `first` grows from run to
    // run, as the time does (below 2^53, which all JSON can say).
    explicit Changes(std::size_t most_gone = 10'000, std::uint64_t first = 0)
        : revision_(first), forgotten_(first), most_gone_(most_gone)
    {}

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
    struct Place {
        typename Order::iterator at;
        bool is_gone;
    };

    void renew(Order& to, Order& from, Place place);

    std::uint64_t revision_;
    std::uint64_t forgotten_;  // the highest revision of what is not remembered any more
    std::size_t most_gone_;
    Order changed_;  // by revision
    Order gone_;
    std::map<Id, Place> places_;
};

template <class Id>
void Changes<Id>::renew(Order& to, Order& from, Place place)
{
    to.splice(to.end(), from, place.at);
    to.back().revision = ++revision_;
}

template <class Id>
void Changes<Id>::touch(const Id& id)
{
    auto known = places_.find(id);
    if (known == places_.end()) {
        changed_.push_back({id, 0});
        known = places_.emplace(id, Place{std::prev(changed_.end()), false}).first;
    }
    auto& place = known->second;
    renew(changed_, place.is_gone ? gone_ : changed_, place);
    place.is_gone = false;
}

template <class Id>
void Changes<Id>::remove(const Id& id)
{
    const auto known = places_.find(id);
    if (known == places_.end() || known->second.is_gone) return;
    renew(gone_, changed_, known->second);
    known->second.is_gone = true;
    if (gone_.size() <= most_gone_) return;
    forgotten_ = gone_.front().revision;
    places_.erase(gone_.front().id);
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
