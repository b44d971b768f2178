/** A worker for tests, written to a temp directory and run by Node.js: its behaviour is chosen by env. */
export const workerProgram = String.raw`
import { createServer } from "node:http";
import { createHash } from "node:crypto";
const { PORT, NAME, MODE } = process.env;
if (MODE === "exit") { console.error("cannot find my database"); process.exit(7); }
if (MODE === "deaf") { console.log("I never listen"); setInterval(() => {}, 1000); }
else if (MODE === "chatty") {
  const piece = Buffer.alloc(1024 * 1024, "x");
  let left = 1024;
  const more = () => {
    while (left > 0) { left -= 1; if (!process.stdout.write(piece)) { process.stdout.once("drain", more); return; } }
    process.stdout.write("\nthat was all\n");
  };
  listen();
  more();
} else listen();

function listen() {
  const server = createServer(handle);
  server.on("checkContinue", (request, response) => { response.writeContinue(); handle(request, response); });
  server.listen(Number(PORT), "127.0.0.1", () => console.log(NAME + " listens on " + PORT));
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
}

function handle(request, response) {
  const url = new URL(request.url, "http://worker");
  response.setHeader("x-worker", NAME);
  switch (url.pathname) {
    case "/headers":
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders }));
      return;
    case "/down": {
      const size = Number(url.searchParams.get("size"));
      const piece = Buffer.alloc(64 * 1024, "d");
      response.setHeader("content-length", size);
      let sent = 0;
      const more = () => {
        while (sent < size) {
          const next = piece.subarray(0, Math.min(piece.length, size - sent));
          sent += next.length;
          if (!response.write(next)) { response.once("drain", more); return; }
        }
        response.end();
      };
      more();
      return;
    }
    case "/up": {
      const hash = createHash("sha256");
      let size = 0;
      request.on("data", (piece) => { size += piece.length; hash.update(piece); });
      request.on("end", () => response.end(JSON.stringify({ size, sha256: hash.digest("hex") })));
      return;
    }
    case "/early":
      response.statusCode = 413;
      response.end("too much");
      return;
    case "/slow":
      setTimeout(() => response.end(NAME), Number(url.searchParams.get("ms")));
      return;
    case "/events":
      response.setHeader("content-type", "text/event-stream");
      response.write("data: 1\n\n");
      return;
    case "/flush":
      response.flushHeaders();
      return;
    case "/not-modified":
      response.statusCode = 304;
      response.setHeader("etag", '"a"');
      response.setHeader("content-length", "1234");
      response.end();
      return;
    case "/chunked":
      response.write("one ");
      response.write("two ");
      response.end("three");
      return;
    case "/hop":
      response.setHeader("connection", "close, x-private");
      response.setHeader("x-private", "secret");
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.setHeader("x-latin", "caf\u00e9");
      // A text would be sent together with the headers, as UTF-8.
      response.end(Buffer.from("ok"));
      return;
    case "/broken":
      response.setHeader("content-length", "100");
      response.write("ten bytes.");
      setTimeout(() => response.destroy(), 20);
      return;
    case "/die":
      process.exit(9);
    case "/reset":
      request.socket.resetAndDestroy();
      return;
    case "/garbage":
      request.socket.end("this is no HTTP\r\n\r\n");
      return;
    case "/early-hints":
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.end("hinted");
      return;
    case "/pid":
      response.end(String(process.pid));
      return;
    default:
      response.end(NAME + " " + request.method + " " + request.url);
  }
}
`;
