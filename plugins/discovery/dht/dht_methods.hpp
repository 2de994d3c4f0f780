// What people and scripts may ask of the DHT: dht.lookup, dht.announce, dht.get, dht.put, dht.sample, dht.ping,
// dht.stats. dht_schemas.hpp has their arguments and answers.
#pragma once

#include "dht.hpp"
#include "method_arguments.hpp"

#include <shoal/host.hpp>
#include <shoal/services/methods.hpp>
#include <shoal/unique_function.hpp>


namespace shoal::dht {

class DhtMethods {
public:
    /// `changed` is called after anything that may make the DHT due earlier. Both outlive this.
    DhtMethods(const Host& host, Dht& dht, const SignatureScheme& scheme, UniqueFunction<void()> changed);

private:
    using Call = void (DhtMethods::*)(MethodArguments& arguments, Answer answer);

    void offer(const MethodSchema& schema, Call call);

    void lookup(MethodArguments& arguments, Answer answer);
    void announce(MethodArguments& arguments, Answer answer);
    void get(MethodArguments& arguments, Answer answer);
    void put(MethodArguments& arguments, Answer answer);
    void sample(MethodArguments& arguments, Answer answer);
    void ping(MethodArguments& arguments, Answer answer);
    void stats(MethodArguments& arguments, Answer answer);

    void search(const NodeId& info_hash, const PeerGoal::Wish& wish, Time deadline, Answer answer);
    void put_next(Bytes value, MethodArguments& arguments, const SecretKey& secret, Answer answer);
    [[nodiscard]] Value::Map all_stats() const;
    [[nodiscard]] NodeId own_id() const; // in one of the two networks
    void store(const Result<Item>& item, std::optional<std::int64_t> cas, Time deadline, Answer answer);
    [[nodiscard]] Time deadline(MethodArguments& arguments) const;

    Host host_;
    Dht& dht_;
    const SignatureScheme& scheme_;
    UniqueFunction<void()> changed_;
    Methods methods_;
};

} // namespace shoal::dht
