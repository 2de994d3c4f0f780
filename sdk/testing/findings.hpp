// What a conformance suite has to say of its subject. Nothing stops at a finding: what follows may fail for the same reason.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::testing {

/// Collects what went wrong. [any]
class Findings {
public:
    bool expect(bool holds, std::string_view what)
    {
        const std::lock_guard lock(mutex_);
        if (!holds) texts_.emplace_back(what);
        return holds;
    }

    [[nodiscard]] std::vector<std::string> take()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(texts_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::string> texts_;
};

} // namespace shoal::testing
