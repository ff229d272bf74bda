// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

struct CUgraphExec_st;

namespace olivine {

// A queue of the current device; does not wait for the default one.
class Stream {
 public:
  Stream();
  [[nodiscard]] StreamHandle handle() const { return handle_.get(); }
  void synchronize() const;

 private:
  struct Destroy {
    void operator()(StreamHandle handle) const noexcept;
  };
  std::unique_ptr<CUstream_st, Destroy> handle_;
};

// A point in a stream, with its time.
class Event {
 public:
  Event();
  [[nodiscard]] EventHandle handle() const { return handle_.get(); }
  void record(StreamHandle stream) const;
  void synchronize() const;

 private:
  struct Destroy {
    void operator()(EventHandle handle) const noexcept;
  };
  std::unique_ptr<CUevent_st, Destroy> handle_;
};

// Waits for `stop`. Contract: both were recorded, `start` first. The device's clock for this
// resolves 0.5 us.
[[nodiscard]] double elapsed_us(const Event& start, const Event& stop);

// Work captured once and launched as a whole: no gaps for the host between its kernels.
class Graph {
 public:
  // Calls `work` `repetitions` times. Contract: work only queues on the stream it gets; it neither
  // synchronizes nor allocates; its kernels have run before, since loading code may do both. What
  // it throws is passed on, and nothing is captured then.
  Graph(int repetitions, const std::function<void(StreamHandle)>& work);

  void launch(StreamHandle stream) const;
  // Copies what launching needs to the device beforehand, so that the first launch costs no more
  // than others.
  void upload(StreamHandle stream) const;

 private:
  struct Destroy {
    void operator()(CUgraphExec_st* executable) const noexcept;
  };
  std::unique_ptr<CUgraphExec_st, Destroy> executable_;
};

// Names of the kernels that `work` launches, in launch order, found by capturing it and asking the
// driver: also those of closed libraries. C++ names are demangled. A reason where the driver is too
// old to say (before 12.3). Contract: as Graph's.
Status kernel_names(const std::function<void(StreamHandle)>& work, std::vector<std::string>& names);

}  // namespace olivine
