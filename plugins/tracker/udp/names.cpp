#include "names.hpp"

namespace shoal::udp_tracker {

Result<void> Names::look_up(const std::string& name, std::uint64_t number)
{
    if (const auto known = under_way_.find(name); known != under_way_.end()) {
        known->second.waiting.push_back(number);
        return {};
    }
    const auto generation = ++last_generation_;
    const auto operation = resolver_.resolve(
        name, 0, [this, name, generation](const Result<std::vector<Endpoint>>& found) {
            on_found(name, generation, found);
        });
    if (!operation) return operation.error();
    under_way_.emplace(name, LookUp{generation, *operation, {number}});
    return {};
}

void Names::leave(const std::string& name, std::uint64_t number)
{
    const auto found = under_way_.find(name);
    if (found == under_way_.end()) return;
    std::erase(found->second.waiting, number);
    if (!found->second.waiting.empty()) return;
    const auto operation = found->second.operation;
    under_way_.erase(found);
    resolver_.cancel(operation);
}

void Names::on_found(const std::string& name, std::uint64_t generation,
                     const Result<std::vector<Endpoint>>& found)
{
    const auto known = under_way_.find(name);
    if (known == under_way_.end() || known->second.generation != generation) return;
    const auto waiting = std::move(known->second.waiting);
    under_way_.erase(known);
    for (const auto number : waiting) found_(number, found);
}

} // namespace shoal::udp_tracker
