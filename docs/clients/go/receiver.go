// Receives events by POST and keeps each once: a file by its event_id. Needs nothing but Go.
//
//	WEBHOOK_SECRET=whsec_... go run receiver.go PORT FOLDER
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxBytes = 64 << 20
	maxSkewS = 300
)

var (
	folder     string
	key        []byte
	oneAtATime sync.Mutex
	idPattern  = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

func main() {
	var err error
	if key, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_")); err != nil || len(key) == 0 {
		log.Fatal("WEBHOOK_SECRET: whsec_ and base64")
	}
	folder = os.Args[2]
	if err := os.MkdirAll(folder, 0o755); err != nil {
		log.Fatal(err)
	}
	server := http.Server{Addr: ":" + os.Args[1], ReadTimeout: time.Minute, Handler: http.HandlerFunc(
		func(writer http.ResponseWriter, request *http.Request) { writer.WriteHeader(receive(request)) })}
	log.Fatal(server.ListenAndServe())
}

// receive tells which status an event is answered with.
func receive(request *http.Request) int {
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBytes+1))
	if err != nil {
		return http.StatusRequestTimeout // the sender broke off, or was too slow: the event comes again
	}
	if len(body) > maxBytes {
		return http.StatusRequestEntityTooLarge
	}
	if !isSigned(request.Header, body) {
		return http.StatusUnauthorized
	}
	event, err := read(body, request.Header.Get("Content-Type"))
	if err != nil {
		return http.StatusBadRequest
	}
	id, _ := event["event_id"].(string)
	if !idPattern.MatchString(id) {
		return http.StatusBadRequest
	}
	if err := keep(id, event); err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// isSigned as Standard Webhooks has it: with our key, by a clock near to ours.
func isSigned(header http.Header, body []byte) bool {
	at, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if skewS := time.Now().Unix() - at; err != nil || skewS > maxSkewS || skewS < -maxSkewS {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", header.Get("webhook-id"), at)
	mac.Write(body)
	wanted := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, one := range strings.Split(header.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(one), wanted) {
			return true
		}
	}
	return false
}

// read gives the event: a JSON object, or a form whose tables and lists are JSON.
func read(body []byte, contentType string) (map[string]interface{}, error) {
	event := map[string]interface{}{}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		err := json.Unmarshal(body, &event)
		return event, err
	}
	form := multipart.NewReader(bytes.NewReader(body), parameters["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return event, nil
		}
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		isTable := bytes.HasPrefix(value, []byte("{")) || bytes.HasPrefix(value, []byte("["))
		if isTable && json.Valid(value) { // a name such as "[VIP] Ada" is none
			event[part.FormName()] = json.RawMessage(value)
		} else {
			event[part.FormName()] = string(value)
		}
	}
}

// keep has the event on the disk when it returns; one that is there already is left alone.
func keep(id string, event map[string]interface{}) error {
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	file := filepath.Join(folder, id+".json")
	_, err := os.Stat(file)
	fresh := os.IsNotExist(err)
	if fresh {
		if err := write(file, event); err != nil {
			return err
		}
	}
	if err := syncFolder(); err != nil {
		return err
	}
	if fresh {
		person, _ := event["identity_id"].(string)
		if person == "" {
			person = "-"
		}
		fmt.Println(id, person)
	}
	return nil
}

// write has the event on the disk before it gets its name.
func write(path string, event map[string]interface{}) error {
	text, err := json.Marshal(event)
	if err != nil {
		return err
	}
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// syncFolder has names on the disk: of a file when its folder is. Windows has no such call.
func syncFolder() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer directory.Close()
	return directory.Sync()
}
