// Keeps every event of a box in a folder, with its face: none is missed, none is kept twice. Java 11 and Gson.
//
//   java -cp gson.jar Realtime.java ws://box:5679 FOLDER [v2|v1]
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public final class Realtime implements WebSocket.Listener {
    private static final Map<String, String> CONFIGURATIONS = Map.of(
            "v2", "{\"with_face_image\": true, \"with_register_image\": false, \"since\": %d}",
            "v1", "{\"need_face\": true, \"need_register\": false, \"since\": %d}");
    private static final long LONGEST_WAIT_MS = 30_000;
    private static final int PING_S = 30;

    private final Path folder;
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile boolean heard = true;
    private volatile boolean kept = false;

    private Realtime(Path folder) {
        this.folder = folder;
    }

    /** Take events for ever; come back after a loss, later each time. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createDirectories(Path.of(arguments[1]));
        String configuration = CONFIGURATIONS.get(arguments.length > 2 ? arguments[2] : "v2");
        HttpClient http = HttpClient.newHttpClient();
        long waitMs = 1000;
        while (true) {
            Realtime events = new Realtime(folder);
            String why;
            try {
                WebSocket socket = http.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10))
                        .buildAsync(URI.create(arguments[0]), events).join();
                socket.sendText(String.format(configuration, events.lastNumber()), true).join();
                why = events.watch(socket);
            } catch (CompletionException error) {
                Throwable cause = error.getCause();
                why = cause instanceof WebSocketHandshakeException
                        ? "HTTP " + ((WebSocketHandshakeException) cause).getResponse().statusCode() : cause.toString();
            }
            waitMs = events.kept ? 1000 : waitMs;
            System.err.printf("%s; again in %d ms%n", why, waitMs);
            Thread.sleep(waitMs / 2 + ThreadLocalRandom.current().nextLong(waitMs / 2));
            waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        }
    }

    /** Returns why the connection ended; it may be quiet for hours, so a dead line is found by pings. */
    private String watch(WebSocket socket) throws Exception {
        while (true) {
            try {
                return ended.get(PING_S, TimeUnit.SECONDS);
            } catch (TimeoutException quiet) {
                if (!heard) {
                    socket.abort();
                    return "no answer to a ping";
                }
                heard = false;
                socket.sendPing(ByteBuffer.allocate(0));
            }
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        heard = true;
        text.append(part);
        if (last) {
            try {
                keep(text.toString());
            } catch (IOException | RuntimeException error) { // nothing after this event may be kept before it is
                ended.complete(error.toString());
                socket.abort();
                return null;
            }
            text.setLength(0);
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
        heard = true;
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        ended.complete("closed: " + code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        ended.complete(error.toString());
    }

    /** The event first, its number last: what breaks off in between comes again, and is known by its file. */
    private void keep(String message) throws IOException {
        JsonObject event = JsonParser.parseString(message).getAsJsonObject();
        String id = event.get("event_id").getAsString();
        if (!id.matches("[0-9A-Za-z]+")) {
            throw new IOException("the id of an event becomes a file name");
        }
        if (event.has("resume_gone")) {
            System.err.println("events before this one are gone");
        }
        Path file = folder.resolve(id + ".json");
        if (!Files.exists(file)) {
            boolean newer = event.has("media_device_id");
            String face = newer ? text(event, "recognize_face_image") : text(event.getAsJsonObject("ext_data"), "recognize_face");
            Files.write(folder.resolve(id + ".jpg"), Base64.getDecoder().decode(face.substring(face.indexOf(',') + 1)));
            write(file, message);
            String person = text(event, "identity_id");
            System.out.println(id + " " + text(event, newer ? "media_device_id" : "device_id") + " " + (person.isEmpty() ? "-" : person));
        }
        if (event.has("seq") && event.get("seq").getAsLong() > 0) {
            write(folder.resolve("since"), event.get("seq").getAsString());
        }
        kept = true;
    }

    /** Number of the last event that is kept; 0, before there is one, asks for all that the box still has. */
    private long lastNumber() throws IOException {
        Path file = folder.resolve("since");
        return Files.exists(file) ? Long.parseLong(Files.readString(file)) : 0;
    }

    /** Whole or not at all. */
    private static void write(Path file, String content) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, content);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String text(JsonObject object, String key) {
        return object.has(key) ? object.get(key).getAsString() : "";
    }
}
