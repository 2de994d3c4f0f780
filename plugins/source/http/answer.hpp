// What a web server sent instead of, or as, a .torrent: from an HTTP answer to what is to be done about it.
#pragma once

#include <shoal/result.hpp>
#include <shoal/services/http.hpp>

#include <string>
#include <string_view>

namespace shoal::http_source {

[[nodiscard]] bool is_redirect(std::uint32_t status);

/// Whether this is the .torrent that was asked for, as far as can be seen without parsing it. The text of an error begins with the
/// host and says what to do: refused (a code that is none of success), bad_input.
[[nodiscard]] Result<void> check_answer(const HttpResponse& response, std::string_view host);

} // namespace shoal::http_source
