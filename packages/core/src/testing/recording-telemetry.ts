import {
  createNoopMeter,
  metrics,
  trace,
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  type Span,
  type SpanOptions,
  type Tracer,
} from "@opentelemetry/api";

/** A span that was started, as far as tests look at it. */
export interface RecordedSpan {
  readonly name: string;
  readonly attributes: Attributes;
  isEnded: boolean;
}

/** A value that was measured. */
export interface Measurement {
  readonly instrument: string;
  readonly value: number;
  readonly attributes: Attributes;
}

/** Registers itself as the process's telemetry and keeps what it is given. One per process. */
export class RecordingTelemetry {
  readonly spans: RecordedSpan[] = [];
  readonly measurements: Measurement[] = [];

  constructor() {
    const tracer = this.#tracer();
    const meter = this.#meter();
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    metrics.setGlobalMeterProvider({ getMeter: () => meter });
  }

  #tracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}): Span => {
      const attributes: Attributes = { ...options.attributes };
      const record: RecordedSpan = { name, attributes, isEnded: false };
      this.spans.push(record);
      const span = trace.wrapSpanContext({
        traceId: "1".repeat(32),
        spanId: "2".repeat(16),
        traceFlags: 1,
      });
      span.setAttribute = (key, value) => {
        if (value !== undefined) attributes[key] = value;
        return span;
      };
      span.end = () => {
        record.isEnded = true;
      };
      return span;
    };
    const startActiveSpan = () => {
      throw new Error("the product starts its spans with startSpan");
    };
    return { startSpan, startActiveSpan };
  }

  #meter(): Meter {
    const keep =
      (instrument: string) =>
      (value: number, attributes: Attributes = {}) => {
        this.measurements.push({ instrument, value, attributes });
      };
    return Object.assign(createNoopMeter(), {
      createCounter: (name: string): Counter => ({ add: keep(name) }),
      createHistogram: (name: string): Histogram => ({ record: keep(name) }),
    });
  }
}
