/* What org.shoal.Client calls: shoal/client.h with Java's arrays. Texts come with their NUL, and go without.
 * cc -shared -fPIC shoal_jni.c -lshoal -o libshoal_jni.so, with the include folders of a JDK. */
#include <shoal/client.h>

#include <jni.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char* copy_of(JNIEnv* env, jbyteArray array)
{
    const jsize size = (*env)->GetArrayLength(env, array);
    char* text = malloc((size_t)size + 1);
    if (text == NULL) return NULL;
    (*env)->GetByteArrayRegion(env, array, 0, size, (jbyte*)text);
    text[size] = '\0';
    return text;
}

/* Takes the text. NULL when there is no memory, which Java then throws. */
static jbyteArray array_of(JNIEnv* env, char* text)
{
    const char* known = text != NULL ? text : "out of memory";
    const jsize size = (jsize)strlen(known);
    jbyteArray array = (*env)->NewByteArray(env, size);
    if (array != NULL) (*env)->SetByteArrayRegion(env, array, 0, size, (const jbyte*)known);
    shoal_client_free_text(text);
    return array;
}

static void throw_failure(JNIEnv* env, char* why)
{
    jbyteArray text = array_of(env, why);
    jclass failure = text != NULL ? (*env)->FindClass(env, "org/shoal/Client$Failure") : NULL;
    jmethodID make = failure != NULL ? (*env)->GetMethodID(env, failure, "<init>", "([B)V") : NULL;
    jobject thrown = make != NULL ? (*env)->NewObject(env, failure, make, text) : NULL;
    if (thrown != NULL) (*env)->Throw(env, (jthrowable)thrown);
}

static shoal_client* client_of(jlong handle) { return (shoal_client*)(intptr_t)handle; }

JNIEXPORT jlong JNICALL Java_org_shoal_Client_begin(JNIEnv* env, jclass type, jbyteArray options)
{
    (void)type;
    char* text = copy_of(env, options);
    char* error = NULL;
    shoal_client* client = text != NULL ? shoal_client_new(text, &error) : NULL;
    free(text);
    if (client == NULL) throw_failure(env, error);
    return (jlong)(intptr_t)client;
}

JNIEXPORT jbyteArray JNICALL Java_org_shoal_Client_call(JNIEnv* env, jclass type, jlong client, jbyteArray method, jbyteArray arguments)
{
    (void)type;
    char* name = copy_of(env, method);
    char* json = copy_of(env, arguments);
    char* answer = NULL;
    const int failed = name == NULL || json == NULL || shoal_client_call(client_of(client), name, json, &answer) != 0;
    free(name);
    free(json);
    if (!failed) return array_of(env, answer);
    throw_failure(env, answer);
    return NULL;
}

JNIEXPORT jbyteArray JNICALL Java_org_shoal_Client_nextEvent(JNIEnv* env, jclass type, jlong client, jint timeout_ms)
{
    (void)type;
    char* event = shoal_client_next_event(client_of(client), timeout_ms);
    return event != NULL ? array_of(env, event) : NULL;
}

JNIEXPORT void JNICALL Java_org_shoal_Client_free(JNIEnv* env, jclass type, jlong client)
{
    (void)env;
    (void)type;
    shoal_client_free(client_of(client));
}
