// A service the host lends: its table and the host pointer that each of its functions takes.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/crossing.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace shoal::detail {

template <class Service, class Table>
class Lent {
public:
    Lent() = default;

    /// Only while the instance is being created; later the host knows nothing any more.
    explicit Lent(const shoal_host* host)
        : host_(host), table_(static_cast<const Table*>(host->service(host, to_abi(Service::id))))
    {
        if (table_ != nullptr && table_->struct_size < sizeof(Table)) table_ = nullptr;
    }

    /// Whether the host lends it: known, and permitted by the manifest.
    [[nodiscard]] explicit operator bool() const noexcept { return table_ != nullptr; }

protected:
    [[nodiscard]] const shoal_host* host() const noexcept { return host_; }

    // An author's mistake; the fence turns it into an error that names the service.
    [[nodiscard]] const Table& table() const
    {
        if (table_ != nullptr) return *table_;
        throw std::logic_error(
            std::string(Service::id)
            + " is not lent: look it up in the constructor, name it in the manifest under \"requires\", "
              "or test it first");
    }

private:
    const shoal_host* host_ = nullptr;
    const Table* table_ = nullptr;
};

/// What a completion that comes exactly once is given back.
template <class Function>
struct Callback {
    const shoal_host* host;
    Function function;
};

/// Hands the callback over as `void* user` for the duration of `submit`; it stays with the host when that
/// succeeds.
template <class Function, class Submit>
shoal_status lend_callback(const shoal_host* host, Function function, Submit&& submit)
{
    auto box = std::make_unique<Callback<Function>>(Callback<Function>{host, std::move(function)});
    const auto status = submit(static_cast<void*>(box.get()));
    if (status >= 0) static_cast<void>(box.release());
    return status;
}

template <class Function>
std::unique_ptr<Callback<Function>> take_callback(void* user) noexcept
{
    return std::unique_ptr<Callback<Function>>(static_cast<Callback<Function>*>(user));
}

} // namespace shoal::detail
