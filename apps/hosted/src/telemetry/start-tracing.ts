import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { Sampler, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { HostedConfig, OtlpTarget, TraceSampling } from "../config/hosted-config.ts";
import { otlpOptions } from "./otlp-options.ts";
import { serviceResource } from "./service-resource.ts";

/** Sets the global tracer, context manager and W3C propagator. Without a target spans have ids and nothing else. */
export async function startTracing(config: HostedConfig): Promise<{ shutdown(): Promise<void> }> {
  const { traces, sampling } = config.telemetry;
  const provider = new TracerProvider({
    resource: serviceResource(config),
    sampler: traces === null ? new AlwaysOffSampler() : samplerFor(sampling),
    spanProcessors: traces === null ? [] : [await spanProcessor(config, traces)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { shutdown: () => provider.shutdown() };
}

async function spanProcessor(config: HostedConfig, target: OtlpTarget): Promise<SpanProcessor> {
  return new BatchSpanProcessor({
    exporter: await spanExporter(target),
    maxQueueSize: config.telemetry.spanQueueSize,
    maxExportBatchSize: config.telemetry.spanBatchSize,
    scheduledDelayMillis: config.telemetry.spanDelayMs,
    exportTimeoutMillis: target.timeoutMs,
  });
}

async function spanExporter(target: OtlpTarget): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    target.protocol === "http/json"
      ? await import("@opentelemetry/exporter-trace-otlp-http")
      : await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter(otlpOptions(target));
}

function samplerFor({ sampler, ratio }: TraceSampling): Sampler {
  const root = rootSampler(sampler.replace(/^parentbased_/, ""), ratio);
  return sampler.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === "always_off") return new AlwaysOffSampler();
  if (name === "traceidratio") return new TraceIdRatioBasedSampler(ratio);
  return new AlwaysOnSampler();
}
