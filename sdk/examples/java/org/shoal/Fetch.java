package org.shoal;

/** Fetches a torrent, and says what happens: java -jar fetch-example.jar TORRENT-OR-MAGNET FOLDER [PEER] */
public final class Fetch {
    private Fetch() {}

    public static void main(String[] words) {
        if (words.length < 2) {
            System.err.println("usage: java -jar fetch-example.jar TORRENT-OR-MAGNET FOLDER [PEER]");
            System.exit(2);
        }
        System.exit(fetch(words) ? 0 : 1);
    }

    private static boolean fetch(String[] words) {
        String peers = words.length > 2 ? ",\"peers\":[" + quoted(words[2]) + "]" : "";
        try (Client client = new Client("{\"settings\": {\"discoveries\": []}}")) {
            String arguments = "{\"source\":" + quoted(words[0]) + ",\"folder\":" + quoted(new java.io.File(words[1]).getAbsolutePath()) + peers + "}";
            System.out.println(client.call("torrents.add", arguments));
            return isFinished(client);
        } catch (Client.Failure failure) {
            System.err.println(failure.getMessage());
            return false;
        }
    }

    private static boolean isFinished(Client client) {
        while (true) {
            String event = client.nextEvent(60_000);
            if (event == null || event.contains("\"event\":\"torrent.error\"")) return false;
            if (!event.contains("\"event\":\"piece.verified\"")) System.out.println(event);
            if (event.contains("\"event\":\"torrent.finished\"")) return true;
        }
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\') json.append('\\').append(letter);
            else if (letter < 0x20) json.append(String.format("\\u%04x", (int) letter));
            else json.append(letter);
        }
        return json.append('"').toString();
    }
}
