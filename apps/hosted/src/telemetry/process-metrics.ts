import { performance } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";

/** What an on-call person asks first about a process, under OpenTelemetry's names. Read only when collected. */
export function observeProcess(meter: Meter): void {
  meter
    .createObservableUpDownCounter("process.memory.usage", {
      unit: "By",
      description: "Resident memory.",
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableGauge("process.uptime", {
      unit: "s",
      description: "Time since the process started.",
    })
    .addCallback((result) => result.observe(process.uptime()));
  let last = performance.eventLoopUtilization();
  meter
    .createObservableGauge("nodejs.eventloop.utilization", {
      unit: "1",
      description: "Share of time the event loop was busy since the last reading.",
    })
    .addCallback((result) => {
      const now = performance.eventLoopUtilization();
      result.observe(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    });
}
