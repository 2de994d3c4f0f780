#include "host/services/source.hpp"

#include "host/services/guard.hpp"
#include "host/status.hpp"

#include <shoal/utf8.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace shoal::host::services {

using Kind = SourceAnswer::Kind;

std::uint64_t SourceService::open()
{
    newest_ = state_.next_handle();
    operations_[newest_];
    return newest_;
}

void SourceService::abandon(std::uint64_t handle)
{
    const auto at = operations_.find(handle);
    if (at == operations_.end()) return;
    // One that has not ended yet is kept, so that its late end is told from one that nobody asked for.
    at->second.is_abandoned = true;
    at->second.answer = {};
    if (at->second.is_ended) operations_.erase(at);
}

void SourceService::end(bool)
{
    auto* sink = state_.context().source;
    for (auto& [handle, operation] : std::exchange(operations_, {})) {
        if (sink != nullptr && !operation.is_abandoned) sink->on_answer(handle, std::move(operation.answer));
    }
}

// The operation still ends: nobody should wait for a plug-in that talks nonsense.
SourceAnswer SourceService::nonsense(const char* function, const char* what)
{
    state_.strike(function, what);
    return {.kind = Kind::failed, .text = std::string("the plug-in is broken: ") + what, .status = SHOAL_E_PLUGIN};
}

shoal_status SourceService::torrent_file(std::uint64_t handle, shoal_bytes raw)
{
    constexpr const char* function = "source.torrent_file";
    const auto torrent = borrowed(raw, SHOAL_SOURCE_LARGEST_FILE);
    if (!torrent) return answer(function, handle, nonsense(function, "torrent is NULL or larger than 32 MiB"));
    return answer(function, handle, {.kind = Kind::torrent_file, .torrent = Bytes(torrent->begin(), torrent->end())});
}

shoal_status SourceService::magnet(std::uint64_t handle, shoal_text link)
{
    return answer_text("source.magnet", handle, Kind::magnet, link);
}

shoal_status SourceService::elsewhere(std::uint64_t handle, shoal_text identifier)
{
    return answer_text("source.elsewhere", handle, Kind::elsewhere, identifier);
}

shoal_status SourceService::answer_text(const char* function, std::uint64_t handle, Kind kind, shoal_text raw)
{
    const auto text = borrowed(raw, SHOAL_SOURCE_LONGEST_TEXT);
    if (!text || text->empty()) return answer(function, handle, nonsense(function, "the text is NULL, empty or too long"));
    return answer(function, handle, {.kind = kind, .text = std::string(*text)});
}

shoal_status SourceService::failed(std::uint64_t handle, shoal_status status, shoal_text raw)
{
    constexpr const char* function = "source.failed";
    if (status >= 0 || !is_known_status(status)) {
        return answer(function, handle, nonsense(function, "the status is no error that there is"));
    }
    const auto text = borrowed(raw, SHOAL_SOURCE_LONGEST_TEXT);
    if (!text) return answer(function, handle, nonsense(function, "the text is NULL or too long"));
    return answer(function, handle, {.kind = Kind::failed, .text = to_valid_utf8(*text), .status = status});
}

shoal_status SourceService::answer(const char* function, std::uint64_t handle, SourceAnswer answer)
{
    const auto at = operations_.find(handle);
    if (at == operations_.end() || at->second.is_ended) {
        return state_.bad_argument(function, "ended an operation twice, or one that never was");
    }
    const auto* top = breadcrumb().top;
    if (handle == newest_ && top != nullptr && std::string_view(top->function) == "resolve") {
        state_.strike(function, "ended an operation from inside the call that started it");
    }
    if (at->second.is_abandoned) {
        operations_.erase(at);
        return SHOAL_OK;
    }
    at->second.is_ended = true;
    at->second.answer = std::move(answer);
    state_.on_loop([this, handle] { tell(handle); });
    return SHOAL_OK;
}

void SourceService::tell(std::uint64_t handle)
{
    auto node = operations_.extract(handle);
    auto* sink = state_.context().source;
    if (!node.empty() && sink != nullptr) sink->on_answer(handle, std::move(node.mapped().answer));
}

namespace {

shoal_status torrent_file(const shoal_host* host, std::uint64_t operation, shoal_bytes torrent)
{
    return on_strand<SourceService>(host, "source.torrent_file",
                                    [&](SourceService& source) { return source.torrent_file(operation, torrent); });
}

shoal_status magnet(const shoal_host* host, std::uint64_t operation, shoal_text link)
{
    return on_strand<SourceService>(host, "source.magnet",
                                    [&](SourceService& source) { return source.magnet(operation, link); });
}

shoal_status elsewhere(const shoal_host* host, std::uint64_t operation, shoal_text identifier)
{
    return on_strand<SourceService>(host, "source.elsewhere",
                                    [&](SourceService& source) { return source.elsewhere(operation, identifier); });
}

shoal_status failed(const shoal_host* host, std::uint64_t operation, shoal_status status, shoal_text text)
{
    return on_strand<SourceService>(host, "source.failed",
                                    [&](SourceService& source) { return source.failed(operation, status, text); });
}

constexpr shoal_host_source_v1 table{sizeof table, 0, torrent_file, magnet, elsewhere, failed};

}  // namespace

const Service& source_service()
{
    static constexpr Service service{SHOAL_SERVICE_SOURCE, "", &table, make_lent<SourceService>};
    return service;
}

}  // namespace shoal::host::services
