common/olv_pkg.sv
decoder/outlier_decoder.sv
decoder/ovp_decoder.sv
decoder/ovp_decoder4.sv
decoder/ovp_decoder8.sv
encoder/element_encoder.sv
encoder/ovp_encoder.sv
sparse/sparse_select.sv
