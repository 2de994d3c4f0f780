#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::control {

// A condition on the fields of a map, the same wherever a list is asked for:
//   state=downloading and (ratio>1.5 or label in (linux, music)) and not name~"*.iso"
// Comparisons: = != < <= > >= and ~, a glob (* and ?; without either the text is looked for anywhere) that ignores the case of A to Z;
// `in (a, b)`; a field alone is true when it is neither absent, null, false, 0 nor empty. Operators: not, and, or, in that order of
// strength. Values: words, "quoted text" with \" and \\, true and false (yes and no), numbers with an optional unit (k M G T Ki Mi Gi Ti,
// also with a B; s m h d w for seconds). A dot goes into a map: limits.down>0. A list is compared as each of its elements, and holds what any does;
// bytes are compared as their lower-case hexadecimal digits. Text against text ignores no case; a field that is absent equals nothing, and
// is neither less nor more. Nothing at all is a filter that everything matches. Parsed once, used for many.
class Filter {
public:
    // Errors: bad_input, with the place and what was expected there; limit_exceeded beyond 64 KiB. Parentheses and `not` nest 64 deep.
    static Result<Filter> parse(std::string_view text);

    bool matches(const Value::Map& fields) const;

    // The fields that it asks for, sorted, "limits.down" among them: only these need be there, and check_fields() tells one that never is.
    const std::vector<std::string>& fields() const { return fields_; }

    struct Node;

private:
    Filter(std::shared_ptr<const Node> root, std::vector<std::string> fields) : root_(std::move(root)), fields_(std::move(fields)) {}

    std::shared_ptr<const Node> root_;
    std::vector<std::string> fields_;
};

}  // namespace shoal::control
