// Receives events by POST and keeps each once: a file by its event_id. Java 11 and Gson.
//
//   WEBHOOK_SECRET=whsec_... java -cp gson.jar Receiver.java PORT FOLDER
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Receiver {
    private static final byte[] KEY = Base64.getDecoder().decode(System.getenv("WEBHOOK_SECRET").substring("whsec_".length()));
    private static final int MAX_BYTES = 64 << 20;
    private static final int MAX_SKEW_S = 300;
    private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)");
    private static final Pattern NAME = Pattern.compile("; name=\"([^\"]*)\"");
    private static Path folder;

    public static void main(String[] arguments) throws IOException {
        folder = Files.createDirectories(Path.of(arguments[1]));
        System.setProperty("sun.net.httpserver.maxReqTime", "60"); // seconds; else it waits for ever
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            try {
                exchange.sendResponseHeaders(receive(exchange), -1);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    /** Which status an event is answered with. */
    private static int receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BYTES + 1);
        if (body.length > MAX_BYTES) {
            return 413;
        }
        Headers headers = exchange.getRequestHeaders();
        if (!isSigned(headers, body)) {
            return 401;
        }
        JsonObject event;
        String id;
        try {
            event = read(body, headers.getFirst("Content-Type"));
            id = event.get("event_id").getAsString();
        } catch (RuntimeException unreadable) {
            return 400;
        }
        if (!id.matches("[0-9A-Za-z_-]{1,64}")) {
            return 400;
        }
        try {
            keep(id, event);
        } catch (IOException full) {
            return 503;
        }
        return 200;
    }

    /** As Standard Webhooks has it: with our key, by a clock near to ours. */
    private static boolean isSigned(Headers headers, byte[] body) {
        String id = headers.getFirst("webhook-id");
        String at = headers.getFirst("webhook-timestamp");
        String given = headers.getFirst("webhook-signature");
        if (id == null || at == null || given == null || !at.matches("\\d{1,12}")
                || Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(at)) > MAX_SKEW_S) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
            mac.update((id + "." + at + ".").getBytes(UTF_8));
            byte[] wanted = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(UTF_8);
            boolean signed = false;
            for (String one : given.split(" ")) {
                signed |= MessageDigest.isEqual(one.getBytes(UTF_8), wanted);
            }
            return signed;
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The event: a JSON object, or a form whose tables and lists are JSON. */
    private static JsonObject read(byte[] body, String type) {
        if (!type.startsWith("multipart/form-data")) {
            return JsonParser.parseString(new String(body, UTF_8)).getAsJsonObject();
        }
        Matcher boundary = BOUNDARY.matcher(type);
        boundary.find();
        String[] parts = ("\r\n" + new String(body, ISO_8859_1)).split(Pattern.quote("\r\n--" + boundary.group(1)));
        JsonObject event = new JsonObject();
        for (int index = 1; index < parts.length - 1; index++) { // before the first and in the last there is nothing
            String[] headAndValue = parts[index].split("\r\n\r\n", 2);
            Matcher name = NAME.matcher(headAndValue[0]);
            name.find();
            String value = new String(headAndValue[1].getBytes(ISO_8859_1), UTF_8);
            event.add(name.group(1), readField(value));
        }
        return event;
    }

    /** A table or a list; all else is a text, also a name such as [VIP] Ada, which JsonParser would take for a list. */
    private static JsonElement readField(String text) {
        if (text.startsWith("{") || text.startsWith("[")) {
            try {
                JsonReader reader = new JsonReader(new StringReader(text));
                JsonElement value = new Gson().getAdapter(JsonElement.class).read(reader);
                reader.peek(); // throws when there is more
                return value;
            } catch (IOException noJson) {
                return new JsonPrimitive(text);
            }
        }
        return new JsonPrimitive(text);
    }

    /** On the disk when this returns; an event that is there already is left alone. */
    private static synchronized void keep(String id, JsonObject event) throws IOException {
        Path file = folder.resolve(id + ".json");
        boolean fresh = !Files.exists(file);
        if (fresh) {
            Path part = folder.resolve(id + ".part");
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap(event.toString().getBytes(UTF_8));
                while (text.hasRemaining()) {
                    out.write(text);
                }
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        if (File.separatorChar == '/') { // the name of a file is on the disk when its folder is; Windows has no such call
            try (FileChannel directory = FileChannel.open(folder)) {
                directory.force(true);
            }
        }
        JsonElement person = event.get("identity_id");
        if (fresh) {
            System.out.println(id + " " + (person == null || person.getAsString().isEmpty() ? "-" : person.getAsString()));
        }
    }
}
