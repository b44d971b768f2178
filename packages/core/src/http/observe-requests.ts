import {
  context,
  metrics,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type TextMapGetter,
} from "@opentelemetry/api";

/** What a request is called in traces and metrics: its route, never what a visitor chose. */
export interface RequestName {
  readonly method: string;
  readonly template: string;
}

type Handle = (request: Request) => Response | Promise<Response>;

/**
 * Runs requests inside a server span and measures them. Register an SDK before calling this;
 * without one it costs next to nothing.
 */
export function observeRequests(): (
  request: Request,
  name: RequestName,
  handle: Handle,
) => Response | Promise<Response> {
  const tracer = trace.getTracer("shortline");
  const durations = metrics.getMeter("shortline").createHistogram("http.server.request.duration", {
    unit: "s",
    description: "Duration of HTTP server requests.",
    advice: {
      explicitBucketBoundaries: [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
      ],
    },
  });
  const labelsOf = createLabelCache();
  return (request, name, handle) => {
    const startedMs = performance.now();
    const parent = propagation.extract(context.active(), request.headers, headersGetter);
    const attributes = { "http.request.method": name.method, "http.route": name.template };
    const options = { kind: SpanKind.SERVER, attributes };
    const span = tracer.startSpan(`${name.method} ${name.template}`, options, parent);
    const finish = (response: Response): Response => {
      durations.record((performance.now() - startedMs) / 1000, labelsOf(name, response.status));
      endSpan(span, response.status);
      return response;
    };
    return context.with(trace.setSpan(parent, span), () => {
      const response = handle(request);
      return response instanceof Promise ? response.then(finish) : finish(response);
    });
  };
}

function endSpan(span: Span, status: number): void {
  span.setAttribute("http.response.status_code", status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Labels are made once per method, route and status, of which there are few. */
function createLabelCache(): (name: RequestName, status: number) => Attributes {
  const cache = new Map<string, Map<string, Map<number, Attributes>>>();
  return (name, status) => {
    const byMethod = getOrAdd(
      cache,
      name.template,
      () => new Map<string, Map<number, Attributes>>(),
    );
    const byStatus = getOrAdd(byMethod, name.method, () => new Map<number, Attributes>());
    return getOrAdd(byStatus, status, () => ({
      "http.request.method": name.method,
      "http.route": name.template,
      "http.response.status_code": status,
    }));
  };
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const headersGetter: TextMapGetter<Headers> = {
  get: (headers, key) => headers.get(key) ?? undefined,
  keys: (headers) => [...headers.keys()],
};
