// Why a rule decided as it did: one line for each of its tests. The texts are made only when somebody wants them.
#pragma once

#include <shoal/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::feed_rules {

struct Finding {
    std::string test; // a key of the rule
    std::string got;
    std::string wanted;
    bool is_ok = false;
};

[[nodiscard]] inline Value to_value(const std::vector<Finding>& trace)
{
    Value::List list;
    for (const auto& finding : trace) {
        list.emplace_back(Value::Map{}.set("test", finding.test).set("got", finding.got).set("wanted", finding.wanted).set("ok", finding.is_ok));
    }
    return list;
}

/// Of a test that failed.
[[nodiscard]] inline std::string in_words(const Finding& finding)
{
    if (finding.test == "where" || finding.test == "add") return finding.test + ": " + finding.got;
    return finding.test + ": got " + finding.got + ", wanted " + finding.wanted;
}

/// The sheet on which tests are noted: it stops at the first that fails, counts the failures of all, or explains them all.
class Sheet {
public:
    enum class Mode { first, count, explain };

    explicit Sheet(Mode mode = Mode::first) : mode_(mode) {}

    /// False: no more tests, please. `got` and `wanted` make texts.
    template <class Got, class Wanted>
    bool note(std::string_view test, bool is_ok, Got&& got, Wanted&& wanted)
    {
        if (!is_ok) ++failures_;
        if (mode_ == Mode::explain) trace_.push_back({std::string(test), got(), wanted(), is_ok});
        return mode_ != Mode::first || is_ok;
    }

    /// What is known already.
    void note(Finding finding)
    {
        if (!finding.is_ok) ++failures_;
        if (mode_ == Mode::explain) trace_.push_back(std::move(finding));
    }

    [[nodiscard]] bool is_passed() const { return failures_ == 0; }
    [[nodiscard]] std::size_t failures() const { return failures_; }
    /// Of explain alone.
    [[nodiscard]] const std::vector<Finding>& trace() const { return trace_; }

private:
    Mode mode_;
    std::size_t failures_ = 0;
    std::vector<Finding> trace_;
};

} // namespace shoal::feed_rules
