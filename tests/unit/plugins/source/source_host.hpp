// A host made of C tables for source plug-ins, and a plug-in as it drives it: through its factory and its table, nothing else. An
// operation that ends twice, or inside the call that began it, fails the test.
#pragma once

#include "../tracker/fake_host.hpp"

#include <shoal/abi/source.h>
#include <shoal/crossing.hpp>
#include <shoal/source.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::test {

class SourceHost : public FakeHost {
public:
    struct Job {
        void (*work)(void* user);
        shoal_task done;
        void* user;
    };

    SourceHost();

    /// Answers request number `i` with a header, which may be empty.
    void answer(std::size_t i, std::uint32_t status, std::string_view body, std::string_view header = {}, std::string_view value = {});
    /// Runs what was handed to the workers, or gives it up.
    void work(shoal_status status = SHOAL_OK);

    std::vector<std::string> ends; // "7 torrent d…", "7 magnet …", "7 elsewhere …", "7 failed -100 …"
    std::vector<Job> jobs;
    std::set<std::uint64_t> open;

private:
    static shoal_status end(const shoal_host* host, std::uint64_t operation, const std::string& how);

    static const shoal_host_source_v1 source_table;
    static const shoal_host_workers_v1 workers_table;
};

template <class Plugin>
class DrivenSource {
public:
    DrivenSource() { REQUIRE(factory_.create(host.table(), &self_) == SHOAL_OK); }
    ~DrivenSource() { end(); }

    // As the host ends an instance: what is under way completes as cancelled between stop and destroy.
    void end()
    {
        if (self_ == nullptr) return;
        factory_.stop(self_);
        for (auto& request : host.requests) request.is_cancelled = true;
        host.complete_cancelled();
        host.work(SHOAL_E_CANCELLED);
        factory_.destroy(std::exchange(self_, nullptr));
    }

    std::int32_t claims(std::string_view identifier) { return table().claims(self_, to_abi(identifier)); }

    shoal_status resolve(std::uint64_t operation, std::string_view identifier, std::uint32_t flags = 0)
    {
        shoal_source_request request{};
        request.struct_size = sizeof request;
        request.flags = flags;
        request.identifier = to_abi(identifier);
        request.deadline_ns = static_cast<std::uint64_t>((host.now() + patience).count());
        host.is_inside_call = true;
        host.open.insert(operation);
        const auto status = table().resolve(self_, operation, &request);
        host.is_inside_call = false;
        if (status < 0) host.open.erase(operation);
        return status;
    }

    void cancel(std::uint64_t operation) { table().cancel(self_, operation); }

    SourceHost host;
    std::chrono::nanoseconds patience = std::chrono::seconds{60};

private:
    const shoal_source_v1& table() const { return *static_cast<const shoal_source_v1*>(factory_.table); }

    shoal_factory factory_ = source<Plugin>("driven");
    void* self_ = nullptr;
};

} // namespace shoal::test
