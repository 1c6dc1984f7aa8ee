// Keeps every event of a box in a folder, with its face: none is missed, none is kept twice.
//
//	go mod init example && go get github.com/gorilla/websocket
//	go run realtime.go ws://box:5679 FOLDER [v2|v1]
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

var configurations = map[string]map[string]interface{}{
	"v2": {"with_face_image": true, "with_register_image": false},
	"v1": {"need_face": true, "need_register": false},
}

const (
	longestWait = 30 * time.Second
	pingEvery   = 30 * time.Second
)

// An event as either dialect tells it, as far as it is used here.
type event struct {
	EventID    string `json:"event_id"`
	Seq        int64  `json:"seq"`
	ResumeGone bool   `json:"resume_gone"`
	IdentityID string `json:"identity_id"`
	DeviceV2   string `json:"media_device_id"`
	DeviceV1   string `json:"device_id"`
	FaceV2     string `json:"recognize_face_image"`
	Extra      struct {
		FaceV1 string `json:"recognize_face"`
	} `json:"ext_data"`
}

var idPattern = regexp.MustCompile(`^[0-9A-Za-z]+$`)

func main() {
	url, folder, dialect := os.Args[1], os.Args[2], "v2"
	if len(os.Args) > 3 {
		dialect = os.Args[3]
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		log.Fatal(err)
	}
	wait := time.Second
	for { // for ever; back after a loss, later each time
		kept, err := follow(url, folder, dialect)
		if kept {
			wait = time.Second
		}
		log.Printf("%v; again in %v", err, wait)
		time.Sleep(wait/2 + time.Duration(rand.Int63n(int64(wait/2))))
		if wait *= 2; wait > longestWait {
			wait = longestWait
		}
	}
}

// follow takes events until the connection ends; it tells whether there was one, and why no more come.
func follow(url, folder, dialect string) (kept bool, err error) {
	since, err := lastNumber(folder)
	if err != nil {
		return false, err
	}
	connection, answer, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil && answer != nil {
		return false, fmt.Errorf("%w: %s", err, answer.Status)
	}
	if err != nil {
		return false, err
	}
	defer connection.Close()
	configuration := map[string]interface{}{"since": since}
	for key, value := range configurations[dialect] {
		configuration[key] = value
	}
	if err := connection.WriteJSON(configuration); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go ping(connection, ended)
	heard := func(string) error { return connection.SetReadDeadline(time.Now().Add(2 * pingEvery)) }
	connection.SetPongHandler(heard)
	for {
		heard("")
		_, message, err := connection.ReadMessage()
		if err != nil {
			return kept, err
		}
		if err := keep(message, folder); err != nil {
			return kept, err // nothing after this event may be kept before it is
		}
		kept = true
	}
}

// ping finds a dead line: the connection may be quiet for hours.
func ping(connection *websocket.Conn, ended chan struct{}) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
			connection.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		}
	}
}

// keep stores the event first and its number last: what breaks off in between comes again, and is known by its file.
func keep(message []byte, folder string) error {
	var told event
	if err := json.Unmarshal(message, &told); err != nil {
		return err
	}
	if !idPattern.MatchString(told.EventID) {
		return errors.New("the id of an event becomes a file name")
	}
	if told.ResumeGone {
		log.Print("events before this one are gone")
	}
	file := filepath.Join(folder, told.EventID+".json")
	if _, err := os.Stat(file); os.IsNotExist(err) {
		face := told.FaceV2[strings.Index(told.FaceV2, ",")+1:] + told.Extra.FaceV1
		jpeg, err := base64.StdEncoding.DecodeString(face)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, told.EventID+".jpg"), jpeg, 0o644); err != nil {
			return err
		}
		if err := write(file, message); err != nil {
			return err
		}
		person := told.IdentityID
		if person == "" {
			person = "-"
		}
		fmt.Println(told.EventID, told.DeviceV2+told.DeviceV1, person)
	}
	if told.Seq == 0 {
		return nil
	}
	return write(filepath.Join(folder, "since"), []byte(strconv.FormatInt(told.Seq, 10)))
}

// lastNumber is that of the last event kept; 0, before there is one, asks for all that the box still has.
func lastNumber(folder string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(folder, "since"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(text), 10, 64)
}

// write leaves the file whole or as it was.
func write(file string, content []byte) error {
	if err := os.WriteFile(file+".part", content, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}
