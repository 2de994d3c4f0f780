package org.shoal;

import java.nio.charset.StandardCharsets;

/**
 * Shoal inside a Java or Android program, by way of shoal/client.h: the daemon's methods and events, as JSON. Every method may be called
 * from any thread, also while another waits; after close() they say that the client is closed.
 */
public final class Client implements AutoCloseable {
    /** A call that failed; the message is the JSON object {"code": …, "text": …}, or why the client could not begin. */
    public static final class Failure extends Exception {
        private static final long serialVersionUID = 1;

        Failure(byte[] text) {
            super(text(text));
        }
    }

    static {
        System.loadLibrary("shoal_jni");
    }

    private static final int STEP_MILLIS = 200;

    private long handle;
    private int callers;

    /** Options: a JSON object as shoal_client_new() takes it. Blocks until the client has begun. */
    public Client(String options) throws Failure {
        handle = begin(bytes(options));
    }

    /** The answer of a method ("torrents.add") to a JSON object of arguments. */
    public String call(String method, String arguments) throws Failure {
        long client = enter();
        try {
            return text(call(client, bytes(method), bytes(arguments)));
        } finally {
            leave();
        }
    }

    /** The next event, {"event": …, "payload": …}; null when none came within so many milliseconds, or the client was closed. */
    public String nextEvent(int timeoutMillis) {
        long client = enter();
        try {
            // In steps, so that close() need not wait for who waits here.
            for (int left = timeoutMillis; ; left -= STEP_MILLIS) {
                byte[] event = nextEvent(client, Math.max(0, Math.min(left, STEP_MILLIS)));
                if (event != null) return text(event);
                if (left <= STEP_MILLIS || isClosed()) return null;
            }
        } finally {
            leave();
        }
    }

    /** Saves everything; takes up to ten seconds, after the calls that are under way. */
    @Override
    public void close() {
        long client;
        synchronized (this) {
            client = handle;
            handle = 0;
            while (callers > 0) waitForOne();
        }
        if (client != 0) free(client);
    }

    private synchronized long enter() {
        if (handle == 0) throw new IllegalStateException("the client is closed");
        ++callers;
        return handle;
    }

    private synchronized boolean isClosed() {
        return handle == 0;
    }

    private synchronized void leave() {
        --callers;
        notifyAll();
    }

    private void waitForOne() {
        try {
            wait();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the client is still in use", interrupted);
        }
    }

    // Octets and not strings: JNI's own UTF-8 is none.
    private static byte[] bytes(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8);
    }

    private static native long begin(byte[] options) throws Failure;

    private static native byte[] call(long client, byte[] method, byte[] arguments) throws Failure;

    private static native byte[] nextEvent(long client, int timeoutMillis);

    private static native void free(long client);
}
