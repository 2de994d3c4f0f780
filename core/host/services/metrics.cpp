#include "host/services/guard.hpp"

#include <shoal/abi/services.h>
#include <shoal/utf8.hpp>

#include <mutex>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_metric_name = 128;

class MetricsService final : public LentService {
public:
    static constexpr auto slot = Slot::metrics;

    explicit MetricsService(InstanceState& state) : state_(state), sink_(state.context().metrics) {}

    // [any]
    template <class Record>
    void record(const char* function, shoal_text raw_name, Record&& record)
    {
        const auto name = borrowed(raw_name, longest_metric_name);
        if (!name || name->empty() || !is_valid_utf8(*name)) {
            state_.strike(function, "the name is empty, too long or no UTF-8");
            return;
        }
        const std::lock_guard lock(mutex_);
        if (sink_ != nullptr) record(*sink_, *name);
    }

    void detach() override
    {
        const std::lock_guard lock(mutex_);
        sink_ = nullptr;
    }

    Speaker speaker() const { return state_.speaker(); }

private:
    InstanceState& state_;
    std::mutex mutex_;  // a worker may be counting while the sink goes
    MetricSink* sink_;
};

template <class Record>
void on_any_thread(const shoal_host* host, const char* function, shoal_text name, Record&& record) noexcept
{
    try {
        auto* state = InstanceState::of(host);
        if (state == nullptr || !state->is_alive(function)) return;
        auto* metrics = state->lent<MetricsService>();
        if (metrics == nullptr) {
            state->strike(function, "used a service that it did not ask for in create");
            return;
        }
        metrics->record(function, name, [&](MetricSink& sink, std::string_view known) {
            record(sink, metrics->speaker(), known);
        });
    } catch (const std::exception&) {
        // Out of memory: a number is lost.
    }
}

void add(const shoal_host* host, shoal_text counter, std::int64_t amount)
{
    on_any_thread(host, "metrics.add", counter,
                  [&](MetricSink& sink, const Speaker& speaker, std::string_view name) {
                      sink.add(speaker, name, amount);
                  });
}

void set(const shoal_host* host, shoal_text gauge, std::int64_t value)
{
    on_any_thread(host, "metrics.set", gauge,
                  [&](MetricSink& sink, const Speaker& speaker, std::string_view name) {
                      sink.set(speaker, name, value);
                  });
}

constexpr shoal_host_metrics_v1 metrics_table{sizeof metrics_table, 0, add, set};

}  // namespace

const Service& metrics_service()
{
    static constexpr Service service{SHOAL_SERVICE_METRICS, "", &metrics_table, make_lent<MetricsService>};
    return service;
}

}  // namespace shoal::host::services
