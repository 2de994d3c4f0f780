#include "host/status.hpp"

#include <algorithm>
#include <array>

namespace shoal::host {

namespace {

struct Known {
    shoal_status status;
    std::string_view name;
    std::string_view text;
};

constexpr std::array known_statuses{
    Known{SHOAL_OK, "SHOAL_OK", "no error"},
    Known{SHOAL_E_ARGUMENT, "SHOAL_E_ARGUMENT", "it was given a value out of its range"},
    Known{SHOAL_E_THREAD, "SHOAL_E_THREAD", "called from the wrong thread"},
    Known{SHOAL_E_STATE, "SHOAL_E_STATE", "not allowed at this moment"},
    Known{SHOAL_E_UNSUPPORTED, "SHOAL_E_UNSUPPORTED", "not supported"},
    Known{SHOAL_E_PERMISSION, "SHOAL_E_PERMISSION", "its manifest lacks the permission"},
    Known{SHOAL_E_STALE, "SHOAL_E_STALE", "what it refers to is gone"},
    Known{SHOAL_E_NOT_FOUND, "SHOAL_E_NOT_FOUND", "not found"},
    Known{SHOAL_E_ACCESS, "SHOAL_E_ACCESS", "access denied"},
    Known{SHOAL_E_NO_SPACE, "SHOAL_E_NO_SPACE", "no space left"},
    Known{SHOAL_E_IO, "SHOAL_E_IO", "input or output failed"},
    Known{SHOAL_E_NETWORK, "SHOAL_E_NETWORK", "the network failed"},
    Known{SHOAL_E_REFUSED, "SHOAL_E_REFUSED", "refused"},
    Known{SHOAL_E_LIMIT, "SHOAL_E_LIMIT", "a limit was exceeded"},
    Known{SHOAL_E_PROTOCOL, "SHOAL_E_PROTOCOL", "the other side broke the protocol"},
    Known{SHOAL_E_REMOTE, "SHOAL_E_REMOTE", "the other side declined"},
    Known{SHOAL_E_CORRUPT, "SHOAL_E_CORRUPT", "the data is damaged"},
    Known{SHOAL_E_CANCELLED, "SHOAL_E_CANCELLED", "cancelled"},
    Known{SHOAL_E_TIMEOUT, "SHOAL_E_TIMEOUT", "timed out"},
    Known{SHOAL_E_PLUGIN, "SHOAL_E_PLUGIN", "the plug-in is broken"},
    Known{SHOAL_E_EXCEPTION, "SHOAL_E_EXCEPTION", "the plug-in threw an exception"},
};

const Known* find(shoal_status status)
{
    const auto* found = std::ranges::find(known_statuses, status, &Known::status);
    return found == known_statuses.end() ? nullptr : found;
}

}  // namespace

std::string_view status_name(shoal_status status)
{
    const auto* known = find(status);
    return known == nullptr ? "SHOAL_E_?" : known->name;
}

std::string_view status_text(shoal_status status)
{
    const auto* known = find(status);
    return known == nullptr ? "an error without a known meaning" : known->text;
}

bool is_known_status(shoal_status status)
{
    return status >= 0 || find(status) != nullptr;
}

}  // namespace shoal::host
