#pragma once

#include <testing/bare_host.hpp>

#include <shoal/abi/plugin.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

struct ChokerSubject {
    const shoal_factory* factory = nullptr;  // of kind shoal.choker/1
    testing::SettingNumbers settings{};      // as testing::PickerSubject has them
    std::map<std::string, std::string, std::less<>> texts{};
};

// Something that is true of every choker: that it decides about such a view, and names whom the host can unchoke.
struct ChokerCase {
    std::string_view sentence;
    std::uint32_t peers = 0;
    std::uint32_t slots = 0;
    std::uint32_t flags = 0;  // of the view
};

std::span<const ChokerCase> choker_cases();

// What is wrong; empty: nothing.
std::vector<std::string> findings_of(const ChokerCase& wanted, const ChokerSubject& subject);

}  // namespace shoal::cli
