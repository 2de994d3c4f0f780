#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shoal::control {

// A condition on the fields of a map, the same wherever a list is asked for:
//   state=downloading and (ratio>1.5 or label in (linux, music)) and not name~"*.iso"
// Comparisons: = != < <= > >= and ~ (a glob, case ignored); `in (a, b)`; a field alone is true when it is neither absent, null, false,
// 0 nor empty. Operators: not, and, or, in that order of strength. Values: words, "quoted text" with \" and \\, numbers with an optional unit
// (k M G T Ki Mi Gi Ti; s m h d w for seconds). A dot goes into a map: limits.down>0. Text against text ignores no case; a field that is
// absent equals nothing. Parsed once, used for many.
class Filter {
public:
    // Errors: bad_input, with the place and what was expected there. Depth and length are limited.
    static Result<Filter> parse(std::string_view text);

    bool matches(const Value::Map& fields) const;

    struct Node;

private:
    explicit Filter(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
    std::shared_ptr<const Node> root_;
};

}  // namespace shoal::control
