// Submits a summary and reads it back, with the client that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	homeward "homeward.example/client"
)

func main() {
	configuration := homeward.NewConfiguration()
	configuration.Servers = homeward.ServerConfigurations{{URL: os.Getenv("BASE")}}
	client := homeward.NewAPIClient(configuration)
	caller := context.WithValue(context.Background(), homeward.ContextAccessToken, os.Getenv("TOKEN"))

	text, err := os.ReadFile(os.Getenv("SUMMARY"))
	check(err)
	var summary homeward.BundleToSubmit
	check(json.Unmarshal(text, &summary))

	_, answer, err := client.SubmittingAPI.SubmitSummary(caller).BundleToSubmit(summary).Execute()
	check(err)
	id := answer.Header.Get("X-Submission-ID")
	read, _, err := client.SubmissionsAPI.ReadSubmissionAsBundle(caller, id).Execute()
	check(err)
	found, _, err := client.ObservationAPI.SearchByPostOfObservation(caller).
		PatientIdentifier(os.Getenv("PATIENT")).Count(1000).Sort("date").Execute()
	check(err)

	output, err := json.Marshal(map[string]any{"status": answer.StatusCode, "id": id, "read": read, "found": found})
	check(err)
	fmt.Println(string(output))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
