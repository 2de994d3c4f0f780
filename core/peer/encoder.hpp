#pragma once

#include "peer/message.hpp"
#include "peer/wire_format.hpp"

#include <shoal/bytes.hpp>

// Messages to octets, appended to a buffer that the caller keeps and reuses. [any]
namespace shoal::peer {

// An Unknown is written with as many zero octets as its length says.
void append_message(Bytes& out, const Message& message);

// The block_head_size octets before a payload of `head.length` octets, which the caller sends itself.
void append_block_head(Bytes& out, const BlockHead& head);

}  // namespace shoal::peer
