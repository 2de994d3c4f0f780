#include "host/script_trial.hpp"

#include <testing/bare_host.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace shoal::host {

Result<void> try_script(const Factory& factory, const ScriptFile& script)
{
    testing::BareHost host({}, {{"file", script.name}, {"script", script.text}});
    shoal_torrent_view torrent{};
    torrent.struct_size = sizeof torrent;
    host.lend_torrent(torrent, 1);
    const auto& entry = factory.entry();
    void* self = nullptr;
    if (const auto status = entry.create(host.raw(), &self); status != SHOAL_OK || self == nullptr) {
        constexpr std::string_view thrown = "exception in create: "; // as the SDK has it, of plug-ins in general
        auto why = host.take_error();
        if (why.starts_with(thrown)) why.erase(0, thrown.size());
        return make_error(Errc::bad_input, why.empty() ? "the script " + script.name + " is not taken" : std::move(why));
    }
    if (entry.stop != nullptr) entry.stop(self);
    entry.destroy(self);
    return {};
}

}  // namespace shoal::host
