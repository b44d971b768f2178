import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MetricReader } from "@opentelemetry/sdk-metrics";

/**
 * Reads the metrics when asked, as Prometheus' text. The exporter's own HTTP server is not used:
 * the service answers on the port it has, and opens no other.
 */
export class PrometheusReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);

  /** All metrics as of now, in text format 0.0.4; ends with a newline. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.collect({ timeoutMillis: 5000 });
    return `${this.#serializer.serialize(resourceMetrics).trimEnd()}\n`;
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
