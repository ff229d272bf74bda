// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/memory/event_cycle.h"
#include "sim/memory/memory_model.h"

namespace olivine {

enum class Operand : uint8_t;

// One transfer between DRAM and a scratchpad. `done` is the cycle from which its data can be used
// (read) or its scratchpad space reused (write).
struct Transfer {
  Access access = Access::Read;
  uint64_t address = 0;
  int64_t bytes = 0;
  EventCycle trigger;  // may not start before this
  EventCycle done;
  // Write: fills the buffer when the transfer starts. Read: takes it when the last byte has been
  // delivered. Null: timing alone, no buffer.
  std::function<void(std::vector<uint8_t>&)> data;
  // For observers: what is moved, and for which tile of the layer, counted from 0.
  Operand operand{};
  int64_t tile = 0;
  // Read: dense elements to which the decompressor expands it, 0: it passes by; and, for observers,
  // the bytes that these are in the scratchpad.
  int64_t expanded_elems = 0;
  int64_t expanded_bytes = 0;
};

// Watches a DMA engine.
class TransferObserver {
 public:
  TransferObserver() = default;
  virtual ~TransferObserver() = default;
  TransferObserver(const TransferObserver&) = delete;
  TransferObserver& operator=(const TransferObserver&) = delete;

  // Its first packet was taken in cycle `sent`, and it is complete in cycle `done`, which may lie
  // ahead.
  virtual void transferred(const Transfer& transfer, int64_t sent, int64_t done) = 0;
};

// Where a DMA engine sends its packets: a memory, or a bus before it.
class MemoryPort {
 public:
  MemoryPort() = default;
  virtual ~MemoryPort() = default;
  MemoryPort(const MemoryPort&) = delete;
  MemoryPort& operator=(const MemoryPort&) = delete;

  // Takes `request` in cycle `now`, or returns false: it is offered again in a later cycle.
  // Contract: a taken request is answered once, by DmaEngine::respond.
  virtual bool send(const MemoryRequest& request, int64_t now) = 0;
  // The earliest cycle > now in which it is worth offering again what was not taken.
  [[nodiscard]] virtual int64_t retry_at(int64_t now) const = 0;
};

struct DmaConfig {
  int64_t packet_bytes = kNever;  // a transfer is cut into packets of this size
  int64_t outstanding = kNever;   // packets whose response has not arrived, at most
  // The decompressor behind it: dense elements a cycle (0: there is none) and register stages.
  int64_t expanded_elems_per_cycle = 0;
  int64_t expand_latency_cycles = 0;
};

struct DmaStats {
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint64_t packets = 0;
  uint64_t port_wait_cycles = 0;   // packets at the head of the queue waited for the port ...
  uint64_t limit_wait_cycles = 0;  // ... and for a response, at the limit of outstanding ones
};

// A DMA engine with one queue: transfers are sent in order, packet by packet; responses may come
// in any order.
//
// A transfer that is to be expanded holds the engine for as long as the decompressor needs for its
// elements, from its first packet on: no other is sent before. It is done when its last response is
// there and the decompressor, which begins with the first data, has put out the last element and
// this has passed its registers.
class DmaEngine {
 public:
  // Contract: the port outlives the engine.
  DmaEngine(MemoryPort& port, const DmaConfig& config) : port_(&port), config_(config) {}

  // Contract: transfers are sent in the order of these calls.
  void push(Transfer transfer);

  // Sends what can be sent in cycle `now`. Contract: `now` rises from call to call.
  void tick(int64_t now);
  // The next cycle > now in which tick() can do something; kNever while it waits for an event
  // that is not known yet or for a response.
  [[nodiscard]] int64_t next_tick(int64_t now) const;

  // The port's answer to a packet.
  void respond(const MemoryResponse& response);

  // From now on; null: nobody watches. Contract: it outlives the engine.
  void observe(TransferObserver* observer) { observer_ = observer; }

  // No transfer waits to be sent; responses may be missing.
  [[nodiscard]] bool is_idle() const { return queue_.empty(); }
  // Every response is there.
  [[nodiscard]] bool is_drained() const { return queue_.empty() && packets_.empty(); }
  [[nodiscard]] size_t queued() const { return queue_.size(); }
  [[nodiscard]] size_t outstanding() const { return packets_.size(); }
  // The latest cycle of any response so far.
  [[nodiscard]] int64_t busy_until() const { return busy_until_; }
  [[nodiscard]] const DmaStats& stats() const { return stats_; }
  [[nodiscard]] std::string describe() const;

 private:
  // A transfer that has started, until its last response.
  struct Flight {
    Transfer transfer;
    std::vector<uint8_t> buffer;
    int64_t sent_bytes = 0;
    int64_t sent_at = 0;  // its first packet
    int64_t missing_packets = 0;
    int64_t latest = 0;         // of the responses so far
    int64_t arrives = kNever;   // the first data
    int64_t expand_cycles = 0;  // in the decompressor
  };

  [[nodiscard]] bool send_packet(int64_t now);
  [[nodiscard]] bool is_at_limit(int64_t now);
  void finish(Flight& flight);

  MemoryPort* port_;
  DmaConfig config_;
  std::deque<std::shared_ptr<Flight>> queue_;
  std::unordered_map<uint64_t, std::shared_ptr<Flight>> packets_;  // sent, by tag
  uint64_t next_tag_ = 0;
  std::optional<int64_t> offered_at_;  // since when the packet at the head could have been sent
  std::optional<int64_t> limited_at_;  // since when the limit of outstanding ones holds it back
  // Cycles of responses that are known and lie ahead; kept only where there is a limit.
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> arrivals_;
  int64_t retry_at_ = 0;
  int64_t held_until_ = 0;  // by the decompressor
  int64_t busy_until_ = 0;
  DmaStats stats_;
  TransferObserver* observer_ = nullptr;
};

// A memory that serves one DMA engine, with nothing between them.
class DirectPort final : public MemoryPort {
 public:
  // Contract: the memory outlives the port.
  explicit DirectPort(MemoryModel& memory) : memory_(&memory) {}

  bool send(const MemoryRequest& request, int64_t now) override;
  [[nodiscard]] int64_t retry_at(int64_t now) const override;

  // Calls receiver.respond() with what the memory has answered until cycle `now`; whether there was
  // anything.
  template <class Receiver>
  bool deliver(Receiver& receiver, int64_t now) {
    memory_->advance(now);
    bool has_any = false;
    while (const auto response = memory_->take_response()) {
      receiver.respond(*response);
      has_any = true;
    }
    return has_any;
  }
  [[nodiscard]] int64_t next_event() const { return memory_->next_event(); }

 private:
  MemoryModel* memory_;
  MemoryRequest refused_;
};

}  // namespace olivine
