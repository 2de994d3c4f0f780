#include "daemon/plugin_methods.hpp"

#include <utility>

namespace shoal::daemon {

std::vector<std::string> offer_methods(control::Registry& registry, std::vector<control::MethodSchema> schemas, const CallMethod& call,
                                       std::string_view who, const host::Log& log)
{
    std::vector<std::string> offered;
    for (auto& schema : schemas) {
        if (registry.find(schema.name) != nullptr) {
            log.warning("{} offers {}, which is there already", who, schema.name);
            continue;
        }
        offered.push_back(schema.name);
        registry.offer(std::move(schema), [call, name = offered.back()](const control::Value::Map& arguments,
                                                                        control::Registry::Answered done) {
            call(name, arguments, std::move(done));
        }, {.plugin = std::string(who)});
    }
    return offered;
}

}  // namespace shoal::daemon
