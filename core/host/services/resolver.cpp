#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <map>
#include <string>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_host_name = 253;  // RFC 1035 §2.3.4, without the root's dot
constexpr std::uint32_t highest_port = 65'535;

class ResolverService final : public LentService {
public:
    static constexpr auto slot = Slot::resolver;

    explicit ResolverService(InstanceState& state) : state_(state) {}

    shoal_status resolve(shoal_text raw_name, std::uint32_t port, shoal_resolved done, void* user,
                         std::uint64_t* operation)
    {
        const auto name = borrowed(raw_name, longest_host_name);
        if (!name || name->empty())
            return state_.bad_argument("resolver.resolve", "the name is empty or too long");
        if (port > highest_port) return state_.bad_argument("resolver.resolve", "the port is above 65535");
        if (done == nullptr || operation == nullptr)
            return state_.bad_argument("resolver.resolve", "done or operation is NULL");
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (open_.size() >= most_under_way) return SHOAL_E_LIMIT;
        const auto handle = state_.next_handle();
        auto& open = open_[handle];
        open = {{}, done, user, static_cast<std::uint16_t>(port), false};
        open.inner = state_.environment().resolver.resolve(
            std::string(*name),
            [state = state_.shared_from_this(), handle](Result<std::vector<Address>> found) {
                state->lent<ResolverService>()->finish(handle, std::move(found));
            });
        *operation = handle;
        return SHOAL_OK;
    }

    shoal_status cancel(std::uint64_t handle)
    {
        const auto found = open_.find(handle);
        if (found == open_.end()) return SHOAL_E_STALE;
        if (found->second.cancelled) return SHOAL_OK;
        revoke(found->second);
        state_.on_loop([this, handle] { finish(handle, cancelled()); });
        return SHOAL_OK;
    }

    void end(bool) override
    {
        while (!open_.empty()) {
            revoke(open_.begin()->second);
            finish(open_.begin()->first, cancelled());
        }
    }

private:
    struct Open {
        environment::OperationId inner;
        shoal_resolved done;
        void* user;
        std::uint16_t port;
        bool cancelled;
    };

    static Error cancelled() { return make_error(Errc::cancelled, "cancelled"); }

    void revoke(Open& open)
    {
        if (!std::exchange(open.cancelled, true)) state_.environment().resolver.cancel(open.inner);
    }

    void finish(std::uint64_t handle, Result<std::vector<Address>> found)
    {
        const auto node = open_.extract(handle);
        if (node.empty()) return;
        const auto& open = node.mapped();
        std::vector<shoal_endpoint> endpoints;
        if (found) {
            for (const auto& address : *found) endpoints.push_back(to_abi(Endpoint{address, open.port}));
        }
        const auto status = found ? SHOAL_OK : to_status(found.error().code);
        state_.deliver("resolver.done", [&] {
            open.done(open.user, handle, status, endpoints.data(),
                      static_cast<std::uint32_t>(endpoints.size()));
        });
    }

    InstanceState& state_;
    std::map<std::uint64_t, Open> open_;
};

shoal_status resolve(const shoal_host* host, shoal_text name, std::uint32_t port, shoal_resolved done,
                     void* user, std::uint64_t* operation)
{
    return on_strand<ResolverService>(host, "resolver.resolve", [&](ResolverService& resolver) {
        return resolver.resolve(name, port, done, user, operation);
    });
}

shoal_status cancel_resolve(const shoal_host* host, std::uint64_t operation)
{
    return on_strand<ResolverService>(host, "resolver.cancel",
                                      [&](ResolverService& resolver) { return resolver.cancel(operation); });
}

constexpr shoal_host_resolver_v1 resolver_table{sizeof resolver_table, 0, resolve, cancel_resolve};

}  // namespace

const Service& resolver_service()
{
    static constexpr Service service{SHOAL_SERVICE_RESOLVER, "net.resolve", &resolver_table,
                                     make_lent<ResolverService>};
    return service;
}

}  // namespace shoal::host::services
